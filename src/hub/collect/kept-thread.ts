import { deserialize, serialize } from 'node:v8';
import type { KeptThread } from '../../channel/threads.ts';
import type { RecorderMessage } from '../../model/protocol.ts';
import { SeriesRegistry } from './series-registry.ts';

/** For the next hub, should this one die. */
export function keepThread(registry: SeriesRegistry): KeptThread {
  const bytes = serialize(registry.announcements());
  const announced = new SharedArrayBuffer(bytes.length);
  new Uint8Array(announced).set(bytes);
  return { slabs: registry.buffers, announced };
}

/** What the thread had announced when it was kept; its cells are as they are now. */
export function restoreThread({ slabs, announced }: KeptThread): SeriesRegistry {
  const registry = new SeriesRegistry();
  slabs.forEach((buffer, slab) => {
    registry.apply({ type: 'slab', slab, buffer });
  });
  const messages: RecorderMessage[] = deserialize(Buffer.from(new Uint8Array(announced)));
  for (const message of messages) registry.apply(message);
  return registry;
}
