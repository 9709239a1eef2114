import { answer, type Handler, type HandlerRequest, type Reply } from '../http/routing.ts';
import type { Rings } from './rings.ts';
import type { Sampler } from './sampler.ts';

/** Streams at the same time. Each costs the JSON of a frame every two seconds. */
const MAX_STREAMS = 20;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would buffer the response until its end.
  'x-accel-buffering': 'no',
};

export interface Events {
  readonly handler: Handler;
  /** Ends all streams. */
  close(): void;
}

/**
 * Streams frames as server-sent events (WHATWG HTML, "Server-sent events"). Without a query it streams the whole
 * service. `?metric=<key>` selects one metric, `section=<id>&operation=<key as JSON>` one row of a section's table, and
 * `process=<id>` one process until that ends, and then the service.
 *
 * The id of an event is the position after it. A viewer that reconnects gets only the frames that it missed: browsers
 * send the last id as `Last-Event-ID`, scripts as `after` in the query.
 *
 * @param minStream milliseconds after which a stream gives its place to a new viewer; its browser reconnects
 */
export function createEvents(sampler: Sampler, minStream: number): Events {
  /** Open streams with the time of their begin (monotonic clock), the oldest first. */
  const streams = new Map<Reply, number>();

  function send(response: Reply, rings: Rings, query: URLSearchParams, position: string | undefined) {
    const metric = query.get('metric');
    const ring = rings.of(processOf(query));
    const operation = query.get('operation');
    const frame =
      metric !== null
        ? ring.metricFrame(metric, position)
        : operation !== null
          ? ring.operationFrame(query.get('section') ?? '', operation, position)
          : ring.frame(position);
    if (frame === undefined) return position;
    response.write(`id: ${ring.position}\ndata: ${JSON.stringify(frame)}\n\n`);
    return ring.position;
  }

  function stream(request: HandlerRequest, response: Reply, signal: AbortSignal): void {
    const query = queryOf(request);
    let position = header(request, 'last-event-id') ?? query.get('after') ?? undefined;
    // Node.js keeps no headers of `writeHead`, and by this one the server knows a stream, which has no deadline.
    response.setHeader('content-type', 'text/event-stream');
    response.writeHead(200, HEADERS);
    // Browsers report a stream as open once they have received bytes of it.
    response.write('retry: 1000\n\n');
    streams.set(response, performance.now());
    const leave = sampler.watch(query.has('metric') ? 'metrics' : 'sections', (rings) => {
      // A viewer that does not read gets nothing more, and catches up later.
      if (!response.writableNeedDrain) position = send(response, rings, query, position);
    });
    signal.addEventListener('abort', () => {
      streams.delete(response);
      leave();
    });
  }

  /** A client that never reads cannot be told from one that does: the operating system takes megabytes for it. */
  function hasPlace(): boolean {
    if (streams.size < MAX_STREAMS) return true;
    const [oldest] = streams;
    if (oldest === undefined || performance.now() - oldest[1] < minStream) return false;
    streams.delete(oldest[0]);
    oldest[0].destroy();
    return true;
  }

  return {
    handler: async (request, response, signal) => {
      if (request.method === 'HEAD') response.writeHead(200, HEADERS).end();
      else if (signal.aborted) return;
      else if (!hasPlace()) {
        answer(response, 503, `the page has its maximum of ${MAX_STREAMS} viewers`, {
          'retry-after': '10',
        });
      } else stream(request, response, signal);
    },
    close() {
      for (const response of streams.keys()) response.end();
    },
  };
}

/** The query of the request's target. */
export function queryOf({ url }: HandlerRequest): URLSearchParams {
  return new URLSearchParams(/\?(.*)/s.exec(url ?? '')?.[1]);
}

/** The id of the process that the query asks for; undefined for the whole service. */
export function processOf(query: URLSearchParams): number | undefined {
  const process = query.get('process');
  return process === null ? undefined : Number(process);
}

function header({ headers }: HandlerRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
