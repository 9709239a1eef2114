import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/settings/table.ts';
import type { RecorderMessage } from '../model/protocol.ts';

/*
 * How the application's worker threads and the process' hub find each other. The main thread leaves a note
 * in the environment data that every worker thread inherits. A worker sends the hub a port by
 * `postMessageToThread`, which goes by way of the main thread; a worker that has ended before the main
 * thread let it pass sends all it has by a `BroadcastChannel` instead, which goes directly.
 */

/** Key of the note in the environment data; the door asks for it, and imports nothing. */
export const NOTE = 'pitot';

/** The broadcast channel of threads that have ended. */
export const ENDED_THREADS = 'pitot:ended-threads';

export interface Note {
  readonly config: Config;
  /** Int32 cells: {@link HUB_THREAD} and {@link HUB_STATE}. */
  readonly hub: SharedArrayBuffer;
}

/** Cell: the thread id of the hub that runs now. */
export const HUB_THREAD = 0;
/** Cell: whether that hub takes in threads, is about to, or will not for longer than a thread can wait at its end. */
export const HUB_STATE = 1;
export const HUB_STARTS = 0;
export const HUB_LISTENS = 1;
export const HUB_IS_AWAY = 2;
export const HUB_CELLS = 2;

/** What a worker thread sends the hub. */
export interface ThreadArrival {
  readonly type: 'pitot:thread';
  readonly threadId: number;
  readonly port: MessagePort;
  /** What the thread tells of itself: see vitals/vital-signs.ts. */
  readonly vitals: SharedArrayBuffer;
  /** One int32 cell, {@link UNCLAIMED} at first: who claims it has the thread counted by this way, and by no other. */
  readonly claim: SharedArrayBuffer;
}

export const UNCLAIMED = 0;
export const CLAIMED_BY_HUB = 1;
export const CLAIMED_BY_THREAD = 2;

/** What a worker thread that the hub has not taken in leaves behind. */
export interface ThreadLegacy {
  readonly threadId: number;
  readonly messages: readonly RecorderMessage[];
}

/**
 * What a hub knows of a worker thread, for the next hub: the thread's slabs, and what it has announced about them.
 * The next hub reads the cells from there until the thread connects to it.
 */
export interface ThreadCheckpoint {
  readonly slabs: readonly SharedArrayBuffer[];
  /** Serialised, so that the main thread passes on a reference. */
  readonly announced: SharedArrayBuffer;
}
