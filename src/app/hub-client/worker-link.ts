import {
  BroadcastChannel,
  getEnvironmentData,
  MessageChannel,
  postMessageToThread,
  threadId,
} from 'node:worker_threads';
import { allocateCells, atomics } from '../../base/shared-memory.ts';
import type { RequestMessage } from '../../channel/requests.ts';
import {
  CLAIMED_BY_WORKER,
  FINAL_REPORTS,
  type FinalReport,
  HANDSHAKE_KEY,
  type Handshake,
  HUB_LISTENS,
  HUB_STARTS,
  HUB_STATE,
  HUB_THREAD,
  UNCLAIMED,
  type WorkerArrival,
} from '../../channel/worker-handshake.ts';
import type { RecorderMessage, RecorderRequest } from '../../model/protocol.ts';
import { StackCells } from '../../model/stack-cells.ts';
import { VitalSigns } from '../../model/vital-signs.ts';
import type { Recorder } from '../record/recorder.ts';

/** Before a worker tries again to connect to a hub that is not there yet. */
const RECONNECT_DELAY_MS = 100;

/** `undefined` when no pitot runs in the main thread. */
export function handshakeOfMainThread(): Handshake | undefined {
  // Only pitot writes under this key.
  return getEnvironmentData(HANDSHAKE_KEY) as Handshake | undefined;
}

/**
 * Connects a worker thread's recorder to the process' hub, for as long as the thread runs.
 * src/channel/worker-handshake.ts shows the steps.
 */
export class WorkerLink {
  private readonly recorder: Recorder;
  private readonly handshake: Handshake;
  private readonly hub: Int32Array;
  private claim = allocateCells(1);
  /** The hub watches this thread's event loop here. */
  readonly vitals = new VitalSigns();
  /** Where this thread writes its stack for the hub. */
  readonly stack = new StackCells();

  constructor(recorder: Recorder, handshake: Handshake) {
    this.recorder = recorder;
    this.handshake = handshake;
    this.hub = new Int32Array(handshake.hub);
    process.on('exit', () => this.leave());
    this.connect();
  }

  /** Has the hub answer a request; false while there is no hub. */
  ask(message: RequestMessage): boolean {
    if (atomics.load(this.hub, HUB_STATE) !== HUB_LISTENS) return false;
    const { port } = message;
    postMessageToThread(atomics.load(this.hub, HUB_THREAD), message, [port]).catch(() => port.close());
    return true;
  }

  private connect(): void {
    // Announcing all series costs the application's thread time, so it waits until a hub listens.
    if (atomics.load(this.hub, HUB_STATE) !== HUB_LISTENS) {
      this.connectSoon();
      return;
    }
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.on('message', (request: RecorderRequest) => {
      this.recorder.serve(request, (message) => ours.postMessage(message));
    });
    // The hub has ended, or the arrival did not reach it. The next hub gets a claim of its own.
    ours.on('close', () => {
      this.claim = allocateCells(1);
      this.connectSoon();
    });
    ours.unref();
    this.recorder.attach((message) => ours.postMessage(message));
    const arrival: WorkerArrival = {
      type: 'pitot:worker',
      threadId,
      port: theirs,
      vitals: this.vitals.buffer,
      stack: this.stack.buffer,
      claim: this.claim.buffer,
    };
    postMessageToThread(atomics.load(this.hub, HUB_THREAD), arrival, [theirs]).catch(() => ours.close());
  }

  private connectSoon(): void {
    setTimeout(() => this.connect(), RECONNECT_DELAY_MS).unref();
  }

  /** At the end of the thread: reports all that was recorded, unless the hub has claimed the thread. */
  private leave(): void {
    const claim = atomics.compareExchange(this.claim, 0, UNCLAIMED, CLAIMED_BY_WORKER);
    if (claim !== UNCLAIMED) return;
    atomics.wait(this.hub, HUB_STATE, HUB_STARTS, this.handshake.config.flushTimeout);
    const messages: RecorderMessage[] = [];
    this.recorder.attach((message) => messages.push(message));
    new BroadcastChannel(FINAL_REPORTS).postMessage({ threadId, messages } satisfies FinalReport);
  }
}
