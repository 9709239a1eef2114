import { deserialize, serialize } from 'node:v8';
import type { ThreadCheckpoint } from '../../channel/worker-handshake.ts';
import type { RecorderMessage } from '../../model/protocol.ts';
import { SeriesRegistry } from './series-registry.ts';

/*
 * A checkpoint is what the next hub goes on from when this one dies. The main thread holds it. It lies in shared
 * memory, so that the main thread passes on a reference and spends no time on the contents.
 */

/** The parts of a checkpoint. Each changes at its own time. */
export class Checkpoint<T extends object> {
  private parts: T;
  private readonly save: (shared: SharedArrayBuffer) => void;

  /**
   * @param earlier the checkpoint of the hub before, of the same parts
   * @param initial the parts where there was no hub before
   * @param save called with the new checkpoint after every change
   */
  constructor(earlier: SharedArrayBuffer | undefined, initial: T, save: (shared: SharedArrayBuffer) => void) {
    this.parts = earlier === undefined ? initial : (unpack(earlier) as T);
    this.save = save;
  }

  get current(): Readonly<T> {
    return this.parts;
  }

  update(changed: Partial<T>): void {
    this.parts = { ...this.parts, ...changed };
    this.save(pack(this.parts));
  }
}

export function writeThreadCheckpoint(registry: SeriesRegistry): ThreadCheckpoint {
  return { slabs: registry.buffers, announced: pack(registry.announcements()) };
}

/** The series are those of the time of the checkpoint, and their values are those of now. */
export function readThreadCheckpoint({ slabs, announced }: ThreadCheckpoint): SeriesRegistry {
  const registry = new SeriesRegistry();
  slabs.forEach((buffer, slab) => {
    registry.apply({ type: 'slab', slab, buffer });
  });
  // Written by `writeThreadCheckpoint`, in an earlier hub of this very process.
  for (const message of unpack(announced) as RecorderMessage[]) registry.apply(message);
  return registry;
}

function pack(value: unknown): SharedArrayBuffer {
  const bytes = serialize(value);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

function unpack(shared: SharedArrayBuffer): unknown {
  return deserialize(Buffer.from(new Uint8Array(shared)));
}
