import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const NAME = '@opentelemetry/api';

/** An installed copy of `@opentelemetry/api`. */
export interface ApiCopy {
  readonly version: string;
  readonly folder: string;
}

/** The copy that a file is part of. */
export function copyOfFile(file: string): ApiCopy | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (name === NAME) return typeof version === 'string' ? { version, folder } : undefined;
    } catch {
      // No package.json here: the copy may begin further up.
    }
  }
  return undefined;
}

/** The copy that a program gets when it imports the API. */
export function copyFor(program: string): ApiCopy | undefined {
  try {
    return copyOfFile(createRequire(program).resolve(NAME));
  } catch {
    return undefined;
  }
}

/** The copies that the application imports, as far as its main program and working directory tell. */
export function copiesOfApplication(): readonly ApiCopy[] {
  const programs = [process.argv[1], join(process.cwd(), 'index.js')];
  const copies = programs.flatMap((program) => (program === undefined ? [] : (copyFor(program) ?? [])));
  return [...new Map(copies.map((copy) => [copy.folder, copy])).values()];
}

/**
 * Whether a copy of that version reads what a copy of `registered` has registered.
 * (`internal/semver` of the API: the reader's minor version is the same or an earlier one)
 */
export function canRead(version: string, registered: string): boolean {
  if (version === registered) return true;
  const [own, theirs] = [version, registered].map((text) => /^(\d+)\.(\d+)\.\d+$/.exec(text));
  return own?.[1] === theirs?.[1] && Number(own?.[2]) <= Number(theirs?.[2]);
}
