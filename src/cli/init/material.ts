import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type { Part } from './parts.ts';

/** A file of the package, or of the project: its path with `/`, relative to the root of either. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** The folder of each part, in the package and in the project; `instrumentation` has none. */
type Folder = Exclude<Part, 'instrumentation'>;

/** Files for pitot's own repository only: generators, tests of rules, and its second example. */
const OWN = /\.ts$|^prometheus\/tests\/|^deploy\/compose\.examples\.yaml$/;

const ROOT = dirname(findPackageJSON('..', import.meta.url) ?? '');

/** The files of a part in the package, in the order of their paths. */
export function filesOf(folder: Folder): File[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(ROOT.length + 1)
        .split(sep)
        .join('/'),
    )
    .filter((path) => !OWN.test(path))
    .sort()
    .map(fileAt);
}

/** One file of the package. */
export function fileAt(path: string): File {
  return { path, text: readFileSync(join(ROOT, path), 'utf8') };
}
