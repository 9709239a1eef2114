import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Errors for files that this process can never read. */
const MISSING_CODES = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENODEV', 'EOPNOTSUPP']);

/**
 * Files of the Linux kernel's /proc and /sys. The kernel generates them in memory when they are read, so no
 * reading waits for storage. pitot reads them synchronously on the hub's thread, which takes about 20 µs a
 * file. libuv's thread pool would take ten times as long, and the application shares it and may have filled
 * it. (Measured on Node 24; another source queries file systems that can hang.)
 *
 * pitot remembers a path that does not exist or may not be read, and does not try it again.
 */
export class KernelFiles {
  private readonly missing = new Set<string>();

  /** The file's text; undefined if it cannot be read. */
  read(path: string): string | undefined {
    return this.attempt(path, () => readFileSync(path, 'utf8'));
  }

  /** The number of entries of a directory; undefined if it cannot be read. */
  count(path: string): number | undefined {
    return this.attempt(path, () => readdirSync(path).length);
  }

  /** The size that the file system reports for a file or directory; undefined if it reports none. */
  size(path: string): number | undefined {
    return this.attempt(path, () => statSync(path).size);
  }

  private attempt<T>(path: string, work: () => T): T | undefined {
    if (this.missing.has(path)) return undefined;
    try {
      return work();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && MISSING_CODES.has(code)) this.missing.add(path);
      return undefined;
    }
  }
}

/**
 * The integer after `label` at the beginning of a line, as in `MemFree:  1024 kB`; NaN without such a line
 * or number. The label includes its own end, a colon or a space.
 */
export function numberAfter(label: string, text: string): number {
  const at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (!text.startsWith(label, at)) return Number.NaN;
  const digits = /^[ \t]*(\d+)/.exec(text.slice(at + label.length, at + label.length + 64))?.[1];
  return digits === undefined ? Number.NaN : Number(digits);
}
