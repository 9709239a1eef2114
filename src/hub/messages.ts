import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config/settings.ts';

/** What the hub's thread is started with. */
export interface HubData {
  readonly config: Config;
  /** One int32, {@link RUNNING} or {@link FLUSHED}: what the application's thread waits on at its end. */
  readonly state: SharedArrayBuffer;
  readonly recorder: MessagePort;
  /** Short names of the automatic sources that run on the application's thread. */
  readonly instrumented: readonly string[];
  /** False when the hub takes the place of one that died: the start-up line has been said. */
  readonly isFirst: boolean;
}

export const RUNNING = 0;
export const FLUSHED = 1;

/** What the application's thread asks of the hub: to forward all that has been recorded, for the last time. */
export type HubRequest = { readonly type: 'flush' };

/** What the hub tells the application's thread. */
export type HubMessage = { readonly type: 'ready'; readonly endpoint: Endpoint | undefined };

/** Where the scrape endpoint listens. */
export interface Endpoint {
  readonly url: string;
  readonly port: number;
}
