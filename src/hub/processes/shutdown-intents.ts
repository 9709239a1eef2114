import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process that is killed while it ends leaves its file behind; after this long the file is removed. */
const STALE_AFTER_MS = 60_000;

/**
 * Tells the processes of a service which of them are about to end: each puts an empty file beside the sockets. When all
 * of them end, as in a shutdown of the whole service, no process waits for another to take over its last values.
 */
export class ShutdownIntents {
  /** Empty on Windows: every process then counts as staying. */
  private readonly directories: readonly string[];
  private readonly name: string;

  /** @param name what the names of the files begin with */
  constructor({ directories, name }: { readonly directories: readonly string[]; readonly name: string }) {
    this.directories = directories;
    this.name = name;
  }

  announce(process: string): void {
    for (const file of this.filesOf(process)) ignoreErrors(() => writeFileSync(file, ''));
  }

  /** Call once other processes can see that this one has ended, or when it stays after all. */
  withdraw(process: string): void {
    for (const file of this.filesOf(process)) ignoreErrors(() => rmSync(file, { force: true }));
  }

  isEnding(process: string): boolean {
    return this.filesOf(process).some(existsSync);
  }

  /** Removes the files of killed processes, also those of other endpoints. */
  removeStale(): void {
    for (const directory of this.directories) {
      ignoreErrors(() => {
        for (const file of readdirSync(directory)) {
          if (!file.endsWith('.ending')) continue;
          const path = join(directory, file);
          if (Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS) rmSync(path, { force: true });
        }
      });
    }
  }

  private filesOf(process: string): string[] {
    return this.directories.map((directory) => join(directory, `${this.name}.${process}.ending`));
  }
}

/** Without its file a process counts as staying, and the others wait for it until their flush timeout. */
function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // The disk is full, or another process has removed the file meanwhile.
  }
}
