import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { safely } from '../../base/safely.ts';
import { askHub, type HubAnswer } from '../hub-client/ask.ts';
import { leaveUncounted } from '../sources/http/measured-request.ts';
import { endpointUrls, hubRequest, type RouteOptions } from './route-options.ts';

type RawRequest = IncomingMessage | Http2ServerRequest;
type RawResponse = ServerResponse | Http2ServerResponse;

/** The request of a framework that has that of `node:http` in `raw`, as Fastify does. */
interface WrappedRequest {
  readonly raw: RawRequest;
}

/** Likewise the response. `hijack` tells the framework that it is answered elsewhere. */
interface WrappedResponse {
  readonly raw: RawResponse;
  hijack?(): unknown;
}

/** Answers a request with what pitot's endpoint serves. Never throws, and ends every response. */
export type MetricsHandler = (
  request: RawRequest | WrappedRequest,
  response: RawResponse | WrappedResponse,
) => void;

/**
 * Makes a handler that serves the metrics from the application's own server: formats, negotiation, compression,
 * `name[]`, the scraper's deadline and merged processes are those of pitot's endpoint. The hub encodes; the application's
 * thread passes chunks on, at the speed of the client. Where pitot does not run, the answer is 503 with the reason.
 *
 * It is for `node:http`, Express, Fastify and everything else that hands out the request and the response of `node:http`
 * or `node:http2`; in Koa call it with `ctx.req` and `ctx.res` after `ctx.respond = false`. The handler
 * authenticates no requests: put the application's own authentication before it.
 *
 * @example
 * app.get('/metrics', metricsHandler());
 * app.use('/internal', requireAdmin, metricsHandler({ prefix: '/internal' }));
 */
export function metricsHandler(options: RouteOptions = {}): MetricsHandler {
  const urlOf = endpointUrls(options);
  return (request, response) => {
    const [rawRequest, rawResponse] = unwrapped(request, response);
    if (options.counted !== true)
      safely('leaving the route of the metrics uncounted', () => leaveUncounted(rawRequest));
    const { method = 'GET', headers } = rawRequest;
    const target = urlOf(originalUrl(rawRequest));
    if ('location' in target) {
      rawResponse.statusCode = 308;
      rawResponse.setHeader('location', target.location);
      rawResponse.end();
      return;
    }
    const header = (name: string) => {
      const value = name === 'host' ? (headers.host ?? headers[':authority']) : headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    askHub(hubRequest(method, target.url, header))
      .then((answer) => pass(answer, rawResponse))
      .catch(() => rawResponse.destroy());
  };
}

/** Passes the answer on at the speed of the client; ends it as cut off if it is incomplete. */
async function pass(answer: HubAnswer, response: RawResponse): Promise<void> {
  const { status, headers, body, cancel } = answer;
  response.on('close', cancel);
  if (response.destroyed || response.headersSent) {
    cancel();
    return;
  }
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    const before = name === 'vary' ? response.getHeader(name) : undefined;
    response.setHeader(name, before === undefined ? value : `${before}, ${value}`);
  }
  const written = createWriter(response);
  try {
    for await (const chunk of body) {
      if (response.destroyed) return;
      await written(chunk);
    }
  } catch {
    response.destroy();
    return;
  }
  response.end();
}

/**
 * Makes a function that writes a chunk at the speed of the client, and resolves when the hub may use the chunk's memory
 * again: the response has called back. A middleware that replaces `write()` may keep the bytes, to cache or to log them,
 * and forget the callback, so it gets copies. So does every response until its first callback.
 */
function createWriter(response: RawResponse): (chunk: Uint8Array) => Promise<void> {
  let callsBack = false;
  return (chunk) =>
    new Promise((resolve) => {
      const done = () => {
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.on('close', done);
      if (callsBack && !Object.hasOwn(response, 'write')) {
        write(response, chunk, done);
        return;
      }
      const goesOn = write(response, chunk.slice(), () => {
        callsBack = true;
      });
      if (goesOn) done();
      else response.on('drain', done);
    });
}

/** The types of the two responses have no call in common. */
function write(response: NodeJS.WritableStream, chunk: Uint8Array, done: () => void): boolean {
  return response.write(chunk, done);
}

function unwrapped(
  request: RawRequest | WrappedRequest,
  response: RawResponse | WrappedResponse,
): [RawRequest, RawResponse] {
  if ('hijack' in response) response.hijack?.();
  return ['raw' in request ? request.raw : request, 'raw' in response ? response.raw : response];
}

/** Express and Connect take the path at which a handler is mounted away from `url`, and keep the whole here. */
function originalUrl(request: RawRequest): string {
  const { url = '/' } = request;
  return 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : url;
}
