import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { safely } from '../../base/safely.ts';
import { askHub, type HubAnswer } from '../hub-client/ask.ts';
import { leaveUncounted } from '../sources/http/measured-request.ts';
import { endpointUrls, hubRequest, type RouteOptions } from './route-options.ts';

/** As for `metricsHandler`, and what a `Request` does not have. */
export type ResponseOptions = RouteOptions & {
  /**
   * The request of `node:http` below, where the framework has it (Hono: `c.env.incoming`). Only with it can the route be
   * left out of the application's HTTP requests; elsewhere exclude its path by `PITOT_HTTP_EXCLUDED_PATHS`.
   */
  readonly incoming?: IncomingMessage | Http2ServerRequest | undefined;
};

/** Without a body, whatever is sent. (Fetch standard, "null body status") */
const NULL_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Answers a `Request` of the Fetch standard with what pitot's endpoint serves, as {@link metricsHandler} does: for route
 * handlers of Next.js, Hono and their like. Never rejects; without pitot the answer is 503 with the reason.
 *
 * @example
 * export const GET = (request: Request) => metricsResponse(request);
 */
export async function metricsResponse(request: Request, options: ResponseOptions = {}): Promise<Response> {
  const { incoming } = options;
  if (incoming !== undefined && options.counted !== true) {
    safely('leaving the route of the metrics uncounted', () => leaveUncounted(incoming));
  }
  const { pathname, search, host } = new URL(request.url);
  const target = endpointUrls(options)(`${pathname}${search}`);
  if ('location' in target)
    return new Response(null, { status: 308, headers: { location: target.location } });
  const header = (name: string) => request.headers.get(name) ?? (name === 'host' ? host : undefined);
  const answer = await askHub(hubRequest(request.method, target.url, header));
  const { status, headers, cancel } = answer;
  if (request.signal.aborted) cancel();
  else request.signal.addEventListener('abort', cancel, { once: true });
  if (request.method !== 'HEAD' && !NULL_BODY.has(status))
    return new Response(streamOf(answer), { status, headers });
  cancel();
  return new Response(null, { status, headers });
}

function streamOf({ body, cancel }: HubAnswer): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        // The reader keeps it for as long as it wants.
        else controller.enqueue(value.slice());
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}
