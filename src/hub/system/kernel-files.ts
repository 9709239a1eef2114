import { readdirSync, readFileSync, statSync } from 'node:fs';

/** The errors by which a file says that it is not there for this process and will not be. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENODEV', 'EOPNOTSUPP']);

/**
 * Files of the Linux kernel's /proc and /sys. They are made up in memory when they are read, so nothing
 * waits for storage, and they are read at once on the hub's thread: that takes about 20 µs a file, a
 * tenth of what it takes through libuv's thread pool, which would also be the application's, and may be
 * full of its work. (Measured on Node 24; file systems that can hang are asked elsewhere.)
 *
 * A path that does not exist or may not be read is remembered and not tried again.
 */
export class KernelFiles {
  private readonly missing = new Set<string>();

  /** The file's text; undefined when it cannot be read. */
  read(path: string): string | undefined {
    return this.attempt(path, () => readFileSync(path, 'utf8'));
  }

  /** How many entries a directory has; undefined when it cannot be read. */
  count(path: string): number | undefined {
    return this.attempt(path, () => readdirSync(path).length);
  }

  /** What the file system says is the size of a file or directory; undefined when it says nothing. */
  size(path: string): number | undefined {
    return this.attempt(path, () => statSync(path).size);
  }

  private attempt<T>(path: string, work: () => T): T | undefined {
    if (this.missing.has(path)) return undefined;
    try {
      return work();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && NOT_THERE.has(code)) this.missing.add(path);
      return undefined;
    }
  }
}

/**
 * The whole number that follows `label` where a line begins with it, as in `MemFree:  1024 kB`; NaN when
 * there is no such line or no number in it. The label includes what ends it, a colon or a space.
 */
export function numberAfter(label: string, text: string): number {
  const at = text.startsWith(label) ? 0 : text.indexOf(`\n${label}`) + 1;
  if (!text.startsWith(label, at)) return Number.NaN;
  const digits = /^[ \t]*(\d+)/.exec(text.slice(at + label.length, at + label.length + 64))?.[1];
  return digits === undefined ? Number.NaN : Number(digits);
}
