import { statfs } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Attributes } from '@opentelemetry/api';
import type { KernelFiles } from './kernel-files.ts';
import type { Observe } from './metrics.ts';
import { mountOf, parseMounts } from './mounts.ts';

/** `node:fs/promises` would load the line editor and 0.7 MiB with it. */
const statfsOf = promisify(statfs);

/** pitot does not report an older answer. */
const MAX_ANSWER_AGE_MS = 60_000;

/** Bytes. */
interface Space {
  readonly directory: string;
  readonly limit: number;
  readonly states: Readonly<Record<'used' | 'free' | 'reserved', number>>;
}

/**
 * The file system of the working directory. A network file system may hang, and the query runs in libuv's thread
 * pool, which the application may have filled. So no collection waits for it: the query runs between
 * collections, one at a time, and collections report its last answer.
 */
export class FileSystemSource {
  private readonly files: KernelFiles;
  private readonly mountinfo: string;
  private readonly now: () => number;
  private isAsked = false;
  private answer: { readonly space: Space; readonly at: number } | undefined;
  private described: { readonly directory: string; readonly attributes: Attributes } | undefined;

  constructor(files: KernelFiles, proc: string, now: () => number) {
    this.files = files;
    this.now = now;
    this.mountinfo = join(proc, 'self/mountinfo');
    this.tick();
  }

  tick(): void {
    if (!this.isAsked) void this.ask();
  }

  observe(observe: Observe): void {
    if (this.answer === undefined || this.now() - this.answer.at > MAX_ANSWER_AGE_MS) return;
    const { directory, limit, states } = this.answer.space;
    const attributes = this.describe(directory);
    observe('system.filesystem.limit', limit, attributes);
    for (const [state, bytes] of Object.entries(states)) {
      const stateAttributes = { 'system.filesystem.state': state, ...attributes };
      observe('system.filesystem.usage', bytes, stateAttributes);
      observe('system.filesystem.utilization', bytes / limit, stateAttributes);
    }
  }

  private async ask(): Promise<void> {
    this.isAsked = true;
    try {
      this.answer = { space: await spaceOf(process.cwd()), at: this.now() };
    } catch {
      // The directory no longer exists.
      this.answer = undefined;
    } finally {
      this.isAsked = false;
    }
  }

  /** The identity of the file system. A change of the working directory renews it. */
  private describe(directory: string): Attributes {
    if (this.described?.directory !== directory) {
      const mount = mountOf(directory, parseMounts(this.files.read(this.mountinfo) ?? ''));
      const attributes: Attributes =
        mount === undefined
          ? {}
          : {
              'system.device.name': mount.device,
              'system.filesystem.mountpoint': mount.point,
              'system.filesystem.type': mount.type,
              'system.filesystem.mode': mount.mode,
            };
      this.described = { directory, attributes };
    }
    return this.described.attributes;
  }
}

async function spaceOf(directory: string): Promise<Space> {
  const { bsize, blocks, bfree, bavail } = await statfsOf(directory);
  return {
    directory,
    limit: blocks * bsize,
    states: {
      used: (blocks - bfree) * bsize,
      free: bavail * bsize,
      // Reserved for the superuser.
      reserved: (bfree - bavail) * bsize,
    },
  };
}
