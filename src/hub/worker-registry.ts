import { BroadcastChannel } from 'node:worker_threads';
import type { RequestMessage } from '../channel/requests.ts';
import {
  CLAIMED_BY_HUB,
  FINAL_REPORTS,
  type FinalReport,
  HUB_LISTENS,
  HUB_STATE,
  UNCLAIMED,
  type WorkerArrival,
} from '../channel/worker-handshake.ts';
import { StackCells } from '../model/stack-cells.ts';
import { VitalSigns } from '../model/vital-signs.ts';
import type { CellsProducer } from './collect/producer.ts';
import type { StallExaminer } from './stalls/examiner.ts';
import type { Stalls } from './stalls/stalls.ts';

export interface WorkerServices {
  readonly cells: CellsProducer;
  readonly stalls: Stalls;
  readonly examiner: StallExaminer;
  /** Answers a request of the application's own route in a worker thread. */
  readonly answer: (message: RequestMessage) => void;
}

/**
 * Takes the application's worker threads in as they arrive: reads their recorders, watches their event loops, and
 * counts the final reports of those that ended before. src/channel/worker-handshake.ts shows the steps.
 */
export function registerWorkers({ cells, stalls, examiner, answer }: WorkerServices, hub: Int32Array): void {
  process.on('workerMessage', (message: unknown) => {
    if (isOfType<RequestMessage>(message, 'pitot:request')) answer(message);
    if (!isOfType<WorkerArrival>(message, 'pitot:worker')) return;
    const claim = Atomics.compareExchange(new Int32Array(message.claim), 0, UNCLAIMED, CLAIMED_BY_HUB);
    if (claim !== UNCLAIMED) return;
    const { port, threadId: id, vitals, stack } = message;
    const thread = { name: 'worker', id } as const;
    cells.addThread(port, id);
    port.once('close', stalls.add(thread, new VitalSigns(vitals)));
    port.once('close', examiner.add(thread, new StackCells(stack)));
  });
  const reports = new BroadcastChannel(FINAL_REPORTS);
  reports.onmessage = (event: unknown) => {
    const { threadId: id, messages } = (event as { readonly data: FinalReport }).data;
    cells.addReport(id, messages);
  };
  Atomics.store(hub, HUB_STATE, HUB_LISTENS);
  Atomics.notify(hub, HUB_STATE);
}

/** The application may send messages of its own to any thread. */
function isOfType<Message extends { readonly type: string }>(
  message: unknown,
  type: Message['type'],
): message is Message {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}
