import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/settings/table.ts';
import type { RecorderMessage } from '../model/protocol.ts';

/*
 * How a worker thread of the application joins the hub of its process:
 *
 *   main thread   leaves a Handshake in the environment data, which every worker thread inherits
 *   worker        sends the hub a WorkerArrival with `postMessageToThread`   (app/hub-client/worker-link.ts)
 *   hub           claims the worker and reads its recorder from then on      (hub/worker-registry.ts)
 *
 * `postMessageToThread` goes by way of the main thread, which may be blocked. A worker that ends before the hub has
 * claimed it claims itself, and leaves all it has recorded in a FinalReport on a `BroadcastChannel`, which goes
 * directly. So each worker is counted once.
 */

/** Key of the handshake in the environment data. src/instrumentation.ts asks for it by its text. */
export const HANDSHAKE_KEY = 'pitot';

/** Name of the broadcast channel for final reports. */
export const FINAL_REPORTS = 'pitot:final-reports';

export interface Handshake {
  /** The release of the main thread's pitot: a worker with another one does not understand its hub. */
  readonly release: string | undefined;
  readonly config: Config;
  /** Int32 cells: {@link HUB_THREAD}, {@link HUB_STATE} and {@link OTHER_RELEASE_LOGGED}. */
  readonly hub: SharedArrayBuffer;
}

/** Cell: the thread id of the hub that runs now. */
export const HUB_THREAD = 0;
/** Cell: {@link HUB_STARTS}, {@link HUB_LISTENS} or {@link HUB_IS_AWAY}. */
export const HUB_STATE = 1;
export const HUB_STARTS = 0;
export const HUB_LISTENS = 1;
/** There is no hub, and none will come for longer than a worker can wait at its end. */
export const HUB_IS_AWAY = 2;
/** Cell: 1 once a worker has logged that it has another release, which one does for all. */
export const OTHER_RELEASE_LOGGED = 2;
export const HUB_CELLS = 3;

/** A worker asks the hub to read its recorder. */
export interface WorkerArrival {
  readonly type: 'pitot:worker';
  readonly threadId: number;
  readonly port: MessagePort;
  /** The worker's heartbeat and readiness: see model/vital-signs.ts. */
  readonly vitals: SharedArrayBuffer;
  /** Where the worker writes its stack when it is stuck: see model/stack-cells.ts. */
  readonly stack: SharedArrayBuffer;
  /** One int32 cell, {@link UNCLAIMED} at first. The side that claims it has the worker counted; the other does not. */
  readonly claim: SharedArrayBuffer;
}

export const UNCLAIMED = 0;
export const CLAIMED_BY_HUB = 1;
export const CLAIMED_BY_WORKER = 2;

/** All that a worker recorded which the hub did not claim. */
export interface FinalReport {
  readonly threadId: number;
  readonly messages: readonly RecorderMessage[];
}

/**
 * A worker's slabs and its announcements about them. A hub leaves them to the next hub, which reads the cells from
 * there until the worker connects to it.
 */
export interface ThreadCheckpoint {
  readonly slabs: readonly SharedArrayBuffer[];
  /** Serialised, so that the main thread passes on a reference. */
  readonly announced: SharedArrayBuffer;
}
