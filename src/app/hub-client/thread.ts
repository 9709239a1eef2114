import {
  BroadcastChannel,
  getEnvironmentData,
  MessageChannel,
  postMessageToThread,
  threadId,
} from 'node:worker_threads';
import {
  CLAIMED_BY_THREAD,
  ENDED_THREADS,
  HUB_LISTENS,
  HUB_STARTS,
  HUB_STATE,
  HUB_THREAD,
  NOTE,
  type Note,
  type ThreadArrival,
  type ThreadLegacy,
  UNCLAIMED,
} from '../../channel/threads.ts';
import type { RecorderMessage, RecorderRequest } from '../../model/protocol.ts';
import { VitalSigns } from '../../model/vital-signs.ts';
import type { Recorder } from '../record/recorder.ts';

/** Milliseconds until a hub that could not be reached, because it is being started, is looked for again. */
const PAUSE = 100;

/** The note that the main thread left; `undefined` when no pitot runs there. */
export function noteOfMainThread(): Note | undefined {
  // Nobody else writes under this key.
  return getEnvironmentData(NOTE) as Note | undefined;
}

/** A worker thread's side: has the process' hub read this thread's recorder, for as long as the thread runs. */
export class ThreadLink {
  private readonly recorder: Recorder;
  private readonly note: Note;
  private readonly hub: Int32Array;
  private claim = newClaim();
  /** What this thread tells the hub of itself. */
  readonly vitals = new VitalSigns();

  constructor(recorder: Recorder, note: Note) {
    this.recorder = recorder;
    this.note = note;
    this.hub = new Int32Array(note.hub);
    process.on('exit', () => this.leave());
    this.connect();
  }

  private connect(): void {
    // To announce everything to nobody, again and again, would be work for the application's thread.
    if (Atomics.load(this.hub, HUB_STATE) !== HUB_LISTENS) {
      this.connectSoon();
      return;
    }
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.on('message', (request: RecorderRequest) => {
      this.recorder.serve(request, (message) => ours.postMessage(message));
    });
    // The hub has ended, or was not reached. The next one is asked with a claim of its own.
    ours.on('close', () => {
      this.claim = newClaim();
      this.connectSoon();
    });
    ours.unref();
    this.recorder.attach((message) => ours.postMessage(message));
    const arrival: ThreadArrival = {
      type: 'pitot:thread',
      threadId,
      port: theirs,
      vitals: this.vitals.buffer,
      claim: this.claim.buffer,
    };
    postMessageToThread(Atomics.load(this.hub, HUB_THREAD), arrival, [theirs]).catch(() => ours.close());
  }

  private connectSoon(): void {
    setTimeout(() => this.connect(), PAUSE).unref();
  }

  /** At the end of the thread: what the hub has not taken in is left behind for it. */
  private leave(): void {
    const claim = Atomics.compareExchange(this.claim, 0, UNCLAIMED, CLAIMED_BY_THREAD);
    if (claim !== UNCLAIMED) return;
    Atomics.wait(this.hub, HUB_STATE, HUB_STARTS, this.note.config.flushTimeout);
    const messages: RecorderMessage[] = [];
    this.recorder.attach((message) => messages.push(message));
    new BroadcastChannel(ENDED_THREADS).postMessage({ threadId, messages } satisfies ThreadLegacy);
  }
}

function newClaim(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
