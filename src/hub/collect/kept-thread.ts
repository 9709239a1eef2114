import { deserialize, serialize } from 'node:v8';
import type { KeptThread } from '../../channel/threads.ts';
import type { RecorderMessage } from '../../model/protocol.ts';
import { Mirror } from './mirror.ts';

/** For the next hub, should this one die. */
export function keepThread(mirror: Mirror): KeptThread {
  const bytes = serialize(mirror.announcements());
  const announced = new SharedArrayBuffer(bytes.length);
  new Uint8Array(announced).set(bytes);
  return { slabs: mirror.buffers, announced };
}

/** What the thread had announced when it was kept; its cells are as they are now. */
export function restoreThread({ slabs, announced }: KeptThread): Mirror {
  const mirror = new Mirror();
  slabs.forEach((buffer, slab) => {
    mirror.apply({ type: 'slab', slab, buffer });
  });
  const messages: RecorderMessage[] = deserialize(Buffer.from(new Uint8Array(announced)));
  for (const message of messages) mirror.apply(message);
  return mirror;
}
