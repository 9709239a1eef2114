import { readFileSync } from 'node:fs';
import { reasonOf } from '../../../base/reason.ts';

/** Reads a file; a failure is thrown as an `Error` that names it. */
export type Read = (path: string) => Buffer;

/** The content of a path, or why there is none. */
type Found = { readonly content: Buffer } | { readonly error: Error };

interface Reports {
  /** The files have changed, and the new content is in force. */
  readonly reloaded: () => void;
  /** The files have changed and cannot be used; the earlier content stays in force. Called once a change. */
  readonly failed: (error: Error) => void;
}

/**
 * The value that a load makes of some files, made anew when one of them has changed. Every call reads the files again, as
 * exporter-toolkit does with every request: they are few and small, a watcher can miss changes, and a synchronous read
 * needs no thread of the pool that the application uses too.
 *
 * @param load makes the value; gets the one in force so far, and throws when the files cannot be used
 * @throws the error of the first load
 */
export function reloading<Value>(
  load: (read: Read, before: Value | undefined) => Value,
  { reloaded, failed }: Reports,
): () => Value {
  let known = new Map<string, Found>();
  let value = attempt(undefined);

  function attempt(before: Value | undefined): Value {
    const seen = new Map<string, Found>();
    known = seen;
    return load((path) => {
      const found = seen.get(path) ?? find(path);
      seen.set(path, found);
      if ('error' in found) throw found.error;
      return found.content;
    }, before);
  }

  return () => {
    if (Array.from(known).every(([path, found]) => isSame(found, find(path)))) return value;
    try {
      value = attempt(value);
      reloaded();
    } catch (error) {
      failed(error instanceof Error ? error : new Error(String(error)));
    }
    return value;
  };
}

/** The text of a file; where it cannot be read, the reason is added to `faults`. */
export function readText(read: Read, path: string, faults: string[]): string | undefined {
  try {
    return read(path).toString();
  } catch (error) {
    faults.push(reasonOf(error));
    return undefined;
  }
}

function find(path: string): Found {
  try {
    return { content: readFileSync(path) };
  } catch (error) {
    const { code = 'unknown error' }: NodeJS.ErrnoException = error instanceof Error ? error : new Error();
    return { error: new Error(`${path} cannot be read (${code})`) };
  }
}

function isSame(a: Found, b: Found): boolean {
  if ('content' in a) return 'content' in b && a.content.equals(b.content);
  return 'error' in b && a.error.message === b.error.message;
}
