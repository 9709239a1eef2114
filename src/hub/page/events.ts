import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, type Handler } from '../http/routing.ts';
import type { Rings } from './rings.ts';
import type { Sampler } from './sampler.ts';

/** Streams at once: each costs a tick's JSON every few seconds. */
const MOST_STREAMS = 20;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // For proxies that would wait for the end.
  'x-accel-buffering': 'no',
};

export interface Events {
  readonly handler: Handler;
  /** Ends all streams. */
  close(): void;
}

/**
 * Streams frames as server-sent events: of everything, or with `?metric=<key>` of one metric; of the service
 * as a whole, or with `process=<id>` of one of its processes for as long as it lives. An event's id
 * is the position after it, so that a browser that reconnects is sent what it lacks and no more; `after` in
 * the query is the same for those who come back of their own accord.
 */
export function createEvents(sampler: Sampler): Events {
  const streams = new Set<ServerResponse>();

  function send(
    response: ServerResponse,
    rings: Rings,
    query: URLSearchParams,
    position: string | undefined,
  ) {
    const metric = query.get('metric');
    const process = query.get('process');
    const ring = rings.of(process === null ? undefined : Number(process));
    const frame = metric === null ? ring.frame(position) : ring.metricFrame(metric, position);
    if (frame === undefined) return position;
    response.write(`id: ${ring.position}\ndata: ${JSON.stringify(frame)}\n\n`);
    return ring.position;
  }

  function stream(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): void {
    const query = new URLSearchParams(/\?(.*)/s.exec(request.url ?? '')?.[1]);
    let position = header(request, 'last-event-id') ?? query.get('after') ?? undefined;
    response.writeHead(200, HEADERS);
    // Browsers tell scripts that a stream is open once they have bytes of it.
    response.write('retry: 1000\n\n');
    streams.add(response);
    const leave = sampler.watch((rings) => {
      // Who takes nothing is sent nothing more, and later what was missed.
      if (!response.writableNeedDrain) position = send(response, rings, query, position);
    });
    signal.addEventListener('abort', () => {
      streams.delete(response);
      leave();
    });
  }

  return {
    handler: async (request, response, signal) => {
      if (request.method === 'HEAD') response.writeHead(200, HEADERS).end();
      else if (streams.size >= MOST_STREAMS) {
        answer(response, 503, `as many viewers as are allowed are looking: ${MOST_STREAMS}`, {
          'retry-after': '10',
        });
      } else if (!signal.aborted) stream(request, response, signal);
    },
    close() {
      for (const response of streams) response.end();
    },
  };
}

function header({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
