import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/settings/table.ts';
import type { ProcessIdentity } from '../model/process-identity.ts';
import type { RequestMessage } from './requests.ts';
import type { ThreadCheckpoint } from './worker-handshake.ts';

/** The `workerData` of the hub's thread. */
export interface HubData {
  readonly config: Config;
  readonly process: ProcessIdentity;
  /** See {@link discoveryName}. */
  readonly socketName: string;
  /** When the process started, in milliseconds since the epoch; the same for each hub of the process. */
  readonly processStart: number;
  /** Int32 cells: {@link FLUSHED}, {@link PEERS} and {@link FLUSH_FAILED}. */
  readonly state: SharedArrayBuffer;
  /** Int32 cells for the application's worker threads: see worker-handshake.ts. */
  readonly threads: SharedArrayBuffer;
  readonly recorder: MessagePort;
  /** The vital signs of the application's thread: see model/vital-signs.ts. */
  readonly vitals: SharedArrayBuffer;
  /** Where it writes its stack when it is stuck: see model/stack-cells.ts. */
  readonly stack: SharedArrayBuffer;
  /** Why the hub must not inspect the application's threads; `undefined` if it may. */
  readonly inspectionObstacle: string | undefined;
  /** Short names of the automatic sources that run on the application's thread. */
  readonly instrumented: readonly string[];
  /** False when the hub takes the place of one that died: the start-up line has been said. */
  readonly isFirst: boolean;
  /** The last checkpoint of a hub that died. */
  readonly checkpoint: SharedArrayBuffer | undefined;
  /** Its checkpoints of the application's worker threads, by their ids. */
  readonly threadCheckpoints: ReadonlyMap<number, ThreadCheckpoint>;
  /** The values that it forwarded as differences, by destination: see hub/forward/delta-memory.ts. */
  readonly forwarded: ReadonlyMap<string, SharedArrayBuffer>;
  /** The directories in which the hub looks for modules of the application. */
  readonly applicationFolders: readonly string[];
}

/** Cell: the number of the latest {@link FlushRequest} that is done. The application's thread waits on it. */
export const FLUSHED = 0;

/** Cell: whether other processes of the service depend on this one's last values. */
export const PEERS = 1;
export const PEERS_UNKNOWN = 0;
export const NO_PEERS = 1;
export const HAS_PEERS = 2;

/** Cell: the number of the latest {@link FlushRequest} after which a receiver lacked something. Written before FLUSHED. */
export const FLUSH_FAILED = 2;

export const STATE_CELLS = 3;

/** The application's thread asks the hub to forward everything that has been recorded so far. */
export interface FlushRequest {
  readonly type: 'flush';
  /** Counts up from 1 for as long as the process lives, whichever hub does it. */
  readonly request: number;
  /** How long the application waits, in milliseconds. */
  readonly timeout: number;
  /** The process ends: its last values also go to the service's other processes. */
  readonly isFinal: boolean;
}

/** Messages from the application's main thread to the hub. */
export type ApplicationMessage = FlushRequest | RequestMessage;

/** Messages from the hub to the application's thread. */
export type HubMessage =
  | { readonly type: 'ready'; readonly endpoint: Endpoint | undefined }
  /** The cell {@link PEERS} has changed. */
  | { readonly type: 'peers' }
  /** The next hub goes on from here, should this one die. The application's thread holds it and never reads it. */
  | { readonly type: 'checkpoint'; readonly checkpoint: SharedArrayBuffer }
  /** Likewise, of a worker thread; `undefined` when it has ended and its counts are in the hub's own checkpoint. */
  | {
      readonly type: 'threadCheckpoint';
      readonly threadId: number;
      readonly checkpoint: ThreadCheckpoint | undefined;
    }
  /** Likewise, of the forwarded differences. This hub goes on writing to it. */
  | { readonly type: 'forwarded'; readonly destination: string; readonly forwarded: SharedArrayBuffer };

/** Where the scrape endpoint listens. */
export interface Endpoint {
  readonly url: string;
  readonly port: number;
}
