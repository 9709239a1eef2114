import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A process that is killed while it ends leaves its file behind; after this long the file is removed. */
const STALE_AFTER_MS = 60_000;

/**
 * Tells the processes of a service which of them are about to end: each puts an empty file beside the socket. When all
 * of them end, as in a shutdown of the whole service, no process waits for another to take over its last values.
 */
export class ShutdownIntents {
  /** Undefined where there is no directory, as with a named pipe: every process then counts as staying. */
  private readonly directory: string | undefined;
  private readonly name: string;

  /** @param address path of the socket */
  constructor(address: string | undefined) {
    const isFile = address?.endsWith('.sock') === true;
    this.directory = isFile ? dirname(address) : undefined;
    this.name = isFile ? basename(address, '.sock') : '';
  }

  announce(process: string): void {
    const file = this.fileOf(process);
    if (file !== undefined) ignoreErrors(() => writeFileSync(file, ''));
  }

  /** Call once other processes can see that this one has ended, or when it stays after all. */
  withdraw(process: string): void {
    const file = this.fileOf(process);
    if (file !== undefined) ignoreErrors(() => rmSync(file, { force: true }));
  }

  isEnding(process: string): boolean {
    const file = this.fileOf(process);
    return file !== undefined && existsSync(file);
  }

  /** Removes the files of killed processes. */
  removeStale(): void {
    const { directory, name } = this;
    if (directory === undefined) return;
    ignoreErrors(() => {
      for (const file of readdirSync(directory)) {
        if (!file.startsWith(`${name}.`) || !file.endsWith('.ending')) continue;
        const path = join(directory, file);
        if (Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS) rmSync(path, { force: true });
      }
    });
  }

  private fileOf(process: string): string | undefined {
    return this.directory && join(this.directory, `${this.name}.${process}.ending`);
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
