import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Milliseconds after which what a process left behind that was killed while it ended is removed. */
const FORGOTTEN = 60_000;

/**
 * Which processes are about to end, told by an empty file for each beside the socket they meet at. When all of
 * them are, as at the end of a whole service, none waits for another to take its last values.
 */
export class Departures {
  /** Undefined where there is no directory, as with a named pipe: then nobody is known to leave. */
  private readonly directory: string | undefined;
  private readonly name: string;

  /** @param address of the socket */
  constructor(address: string | undefined) {
    const isFile = address?.endsWith('.sock') === true;
    this.directory = isFile ? dirname(address) : undefined;
    this.name = isFile ? basename(address, '.sock') : '';
  }

  announce(process: string): void {
    const file = this.fileOf(process);
    if (file !== undefined) quietly(() => writeFileSync(file, ''));
  }

  /** Once others can see that it has ended, or that it stays after all. */
  retract(process: string): void {
    const file = this.fileOf(process);
    if (file !== undefined) quietly(() => rmSync(file, { force: true }));
  }

  isLeaving(process: string): boolean {
    const file = this.fileOf(process);
    return file !== undefined && existsSync(file);
  }

  /** Removes what killed processes left behind. */
  tidy(): void {
    const { directory, name } = this;
    if (directory === undefined) return;
    quietly(() => {
      for (const file of readdirSync(directory)) {
        if (!file.startsWith(`${name}.`) || !file.endsWith('.leaving')) continue;
        const path = join(directory, file);
        if (Date.now() - statSync(path).mtimeMs > FORGOTTEN) rmSync(path, { force: true });
      }
    });
  }

  private fileOf(process: string): string | undefined {
    return this.directory && join(this.directory, `${this.name}.${process}.leaving`);
  }
}

/** Without a place for its file nobody is known to leave, and all wait as long as they may. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A full disk, or a file that another has removed meanwhile.
  }
}
