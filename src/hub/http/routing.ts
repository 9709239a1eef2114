import type {
  IncomingMessage,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** The part of a request that handlers read. Requests come over HTTP or from a thread of the application. */
export type HandlerRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** The part of a response that handlers use. */
export interface Reply extends Writable {
  readonly headersSent: boolean;
  setHeader(name: string, value: OutgoingHttpHeader): this;
  appendHeader(name: string, value: string): this;
  writeHead(status: number, headers?: OutgoingHttpHeaders): this;
}

/**
 * Answers GET and HEAD requests for one path. The signal is aborted when the answer is not wanted any
 * more: with an `AbortError` when the client has left, and with a `LateError` at the request's deadline.
 */
export type Handler = (request: HandlerRequest, response: Reply, signal: AbortSignal) => Promise<void>;

/** Answers every request. The function for the signal is called if there is a handler. */
export type Router = (request: HandlerRequest, response: Reply, signal: () => AbortSignal) => void;

/** Characters of a request's target; longer ones get 414. */
const MAX_TARGET_LENGTH = 8192;

/**
 * Milliseconds for the answer to a client that has closed its side of the connection. Whether it still reads or has left
 * is not known before something is written.
 */
const HALF_CLOSED_TIMEOUT_MS = 1000;

/** Requests without a complete response, by connection. */
const waiting = new WeakMap<Socket, Set<AbortController>>();

/**
 * Leads each request to the handler of its path; the query string plays no part. A path without a
 * handler is 404, a method other than GET and HEAD 405, a target that is no path 400.
 */
export function createRouter(
  handlers: ReadonlyMap<string, Handler>,
  failed: (error: unknown) => void,
): Router {
  const known = [...handlers.keys()].join(' ');
  return (request, response, signal) => {
    const target = request.url ?? '';
    const path = pathOf(target);
    const handler = path === undefined ? undefined : handlers.get(path);
    if (target.length > MAX_TARGET_LENGTH) answer(response, 414, 'the URL is too long');
    else if (path === undefined) answer(response, 400, 'malformed URL');
    else if (handler === undefined) answer(response, 404, `not found; there is ${known}`);
    else if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, `${request.method} is not allowed`, { allow: 'GET, HEAD' });
    } else {
      handler(request, response, signal()).catch((error: unknown) => {
        response.destroy();
        failed(error);
      });
    }
  };
}

/** As {@link createRouter}, for an HTTP server. */
export function route(
  handlers: ReadonlyMap<string, Handler>,
  failed: (error: unknown) => void,
): RequestListener {
  return overHttp(createRouter(handlers, failed));
}

export function overHttp(router: Router): RequestListener {
  return (request, response) => router(request, response, () => clientLeft(request, response));
}

/** A whole answer of one line of plain text. */
export function answer(
  response: Reply,
  status: number,
  line: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = `${line}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** A header for answers that hold only for the moment. */
export const NOT_STORED = { 'cache-control': 'no-store' } as const;

/** Answers with JSON text of the moment. */
export function jsonOf(json: () => string | Promise<string>): Handler {
  const headers = { ...NOT_STORED, 'content-type': 'application/json' };
  return async (_, response) => answer(response, 200, await json(), headers);
}

/** The decoded path of a request target in origin-form or absolute-form (RFC 9112, section 3.2). */
export function pathOf(target: string): string | undefined {
  const path = target.startsWith('/') ? target.replace(/[?#].*$/s, '') : URL.parse(target)?.pathname;
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * A signal that aborts when the client leaves before its response is complete. A response that waits behind another one
 * emits no `close` when the connection ends, so this listens to the connection, once for all its requests.
 */
function clientLeft({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const others = waiting.get(socket) ?? listenTo(socket);
  others.add(left);
  response.once('close', () => {
    others.delete(left);
    if (!response.writableFinished) left.abort();
  });
  return left.signal;
}

function listenTo(socket: Socket): Set<AbortController> {
  const controllers = new Set<AbortController>();
  waiting.set(socket, controllers);
  socket.once('end', () => {
    setTimeout(() => {
      if (!socket.destroyed && controllers.size > 0 && socket.writableLength === 0) socket.destroy();
    }, HALF_CLOSED_TIMEOUT_MS).unref();
  });
  socket.once('close', () => {
    for (const left of controllers) left.abort();
  });
  return controllers;
}
