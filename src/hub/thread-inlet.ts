import { BroadcastChannel } from 'node:worker_threads';
import {
  CLAIMED_BY_HUB,
  ENDED_THREADS,
  HUB_LISTENS,
  HUB_STATE,
  type ThreadArrival,
  type ThreadLegacy,
  UNCLAIMED,
} from '../channel/threads.ts';
import { VitalSigns } from '../model/vital-signs.ts';
import type { CellsProducer } from './collect/producer.ts';
import type { Stalls } from './stalls.ts';

/** The hub's side: takes in the recorders of the application's worker threads, and watches their event loops. */
export function takeInThreads(cells: CellsProducer, stalls: Stalls, hub: Int32Array): void {
  process.on('workerMessage', (message: unknown) => {
    if (!isArrival(message)) return;
    const claim = Atomics.compareExchange(new Int32Array(message.claim), 0, UNCLAIMED, CLAIMED_BY_HUB);
    if (claim !== UNCLAIMED) return;
    const { port, threadId: id, vitals } = message;
    cells.addThread(port, id);
    port.once('close', stalls.add({ name: 'worker', id }, new VitalSigns(vitals)));
  });
  const channel = new BroadcastChannel(ENDED_THREADS);
  channel.onmessage = (event: unknown) => {
    const { threadId: id, messages } = (event as { readonly data: ThreadLegacy }).data;
    cells.addEnded(id, messages);
  };
  Atomics.store(hub, HUB_STATE, HUB_LISTENS);
  Atomics.notify(hub, HUB_STATE);
}

function isArrival(message: unknown): message is ThreadArrival {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'pitot:thread'
  );
}
