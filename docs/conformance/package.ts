import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * The names of the registry's newest version, from @opentelemetry/semantic-conventions. The package has names and what
 * replaces them; units, kinds and requirement levels are not in it.
 */

const DIRECTORY = dirname(fileURLToPath(import.meta.resolve('@opentelemetry/semantic-conventions')));
const FILES = ['stable_attributes', 'stable_metrics', 'experimental_attributes', 'experimental_metrics'];
const CONSTANT = /\/\*\*((?:(?!\*\/).)*)\*\/\s*(?:export )?declare const (?:ATTR|METRIC)_\w+: "([^"]+)"/gs;

let read: ReadonlyMap<string, string | undefined> | undefined;

/** Every name, with the text of `@deprecated` if it is deprecated. */
function names(): ReadonlyMap<string, string | undefined> {
  read ??= new Map(
    FILES.flatMap((file) => [
      ...readFileSync(join(DIRECTORY, `${file}.d.cts`), 'utf8').matchAll(CONSTANT),
    ]).map(([, comment = '', name = '']) => [name, deprecation(comment)]),
  );
  return read;
}

/** The version of the registry that the package has. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(DIRECTORY, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** What the registry says of names that it has deprecated. */
export function deprecations(): ReadonlyMap<string, string> {
  return new Map([...names()].filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The first parts of all names. */
export function namespaces(): ReadonlySet<string> {
  return new Set([...names().keys()].map((name) => name.split('.', 1)[0] ?? ''));
}

export function isRegistered(name: string): boolean {
  return names().has(name);
}

/** `Replaced by …` as `deprecated: replaced by …`. */
function deprecation(comment: string): string | undefined {
  const text = /@deprecated (.*?)\.?$/m.exec(comment)?.[1];
  return text && `deprecated: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
