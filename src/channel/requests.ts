import type { MessagePort } from 'node:worker_threads';

/*
 * How a thread of the application gets from the hub what the endpoint would answer:
 *
 *   application   sends a RequestMessage with one end of a channel         (app/hub-client/ask.ts)
 *   hub           answers on the channel: an AnswerHead, chunks, END      (hub/http/port-reply.ts)
 *   application   confirms chunks by their bytes as it uses them, and closes the channel to cancel
 *
 * The memory of a chunk is transferred, not copied. A channel that closes before END means an incomplete answer.
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

/** What the hub sends on the channel of a request. */
export type AnswerPart = AnswerHead | Uint8Array<ArrayBuffer> | typeof END;

/** Bytes that the hub sends before the application has confirmed any. */
export const WINDOW_BYTES = 256 * 1024;
