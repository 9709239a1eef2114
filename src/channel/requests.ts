import type { MessagePort } from 'node:worker_threads';

/*
 * How a thread of the application gets from the hub what the endpoint would answer:
 *
 *   application   sends a RequestMessage with one end of a channel         (app/hub-client/ask.ts)
 *   hub           answers on the channel: an AnswerHead, chunks, END      (hub/http/port-reply.ts)
 *   application   sends FREE for each chunk whose bytes it needs no longer, and closes the channel to cancel
 *
 * A chunk is shared memory that the hub uses again once it is free. Transferred memory would belong to the heap of the
 * application's thread, whose garbage collector then runs for it. (bench/scrape.ts) A channel that closes before END
 * means an incomplete answer.
 */

/** A request, as the endpoint would get it over HTTP. */
export interface HubRequest {
  readonly method: string;
  /** Path and query at pitot's endpoint: `/metrics?name[]=up`. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RequestMessage {
  readonly type: 'pitot:request';
  readonly request: HubRequest;
  readonly port: MessagePort;
}

export interface AnswerHead {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export const END = 'end';
export const FREE = 'free';

/** A part of an answer's body. */
export type Chunk = Uint8Array<SharedArrayBuffer>;

/** Messages from the hub on the channel of a request. */
export type AnswerPart = AnswerHead | Chunk | typeof END;
