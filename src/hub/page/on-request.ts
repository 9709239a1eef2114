import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { chooseCoding } from '../http/compression.ts';
import { limited } from '../http/limits.ts';
import { answer, type Handler, NOT_STORED } from '../http/routing.ts';
import { processOf, queryOf } from './events.ts';
import type { Ring } from './ring.ts';
import type { Part, Sampler } from './sampler.ts';

/** Requests in flight. A page has one or two. */
const MAX_IN_FLIGHT = 20;
/** Milliseconds for an answer: it waits for the next sample at most. */
const TIMEOUT_MS = 10_000;

/** Data that the page fetches only on demand, by path. Most viewers never do, so the stream of frames omits it. */
export function answersOnRequest(sampler: Sampler): [path: string, handler: Handler][] {
  return [
    // `?after=<position>` leaves out what the viewer knows.
    [
      '/page/metrics',
      json(
        () => sampler.partOfLists,
        (ring, query) => ring.metricList(query.get('after') ?? undefined),
      ),
    ],
    // `?section=<id>&from=<milliseconds since the epoch>&to=<the same>`
    [
      '/page/operations',
      json(
        () => 'sections',
        (ring, query) =>
          ring.pastRows(query.get('section') ?? '', Number(query.get('from')), Number(query.get('to'))),
      ),
    ],
  ];

  /** Serves data of the service or, with `process=<id>`, of one process. */
  function json(part: () => Part, of: (ring: Ring, query: URLSearchParams) => object | undefined): Handler {
    const handler: Handler = async (request, response, signal) => {
      const headers = {
        ...NOT_STORED,
        'content-type': 'application/json',
        vary: 'accept-encoding',
      };
      if (request.method === 'HEAD') {
        response.writeHead(200, headers).end();
        return;
      }
      const query = queryOf(request);
      const rings = await sampler.look(part(), signal);
      if (rings === undefined) {
        answer(response, 503, 'there is no sample yet', { 'retry-after': '1' });
        return;
      }
      const found = of(rings.of(processOf(query)), query);
      if (found === undefined) {
        answer(response, 404, 'there is no such section');
        return;
      }
      const body = JSON.stringify(found);
      const { name, create } = chooseCoding(request.headers['accept-encoding']);
      if (create === undefined) {
        response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
        return;
      }
      response.writeHead(200, { ...headers, 'content-encoding': name });
      // It fails only when the client has left.
      await pipeline(Readable.from([body]), create(), response).catch(() => {});
    };
    return limited(handler, {
      what: 'requests of the page',
      inFlight: MAX_IN_FLIGHT,
      timeout: TIMEOUT_MS,
      refused: () => {},
    });
  }
}
