import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where the application's packages can be found: beside its main file, and in the working directory. */
export function applicationFolders(): readonly string[] {
  const [, main] = process.argv;
  const folders = [
    // A link, as in `node_modules/.bin`, stands elsewhere than its package.
    folderOf(() => (main === undefined ? undefined : dirname(realpathSync(main)))),
    folderOf(() => (main === undefined ? undefined : dirname(main))),
    folderOf(() => process.cwd()),
  ];
  return [...new Set(folders.filter((folder) => folder !== undefined))];
}

/** `undefined` for a folder that does not exist. */
function folderOf(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
