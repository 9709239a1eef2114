import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { departure } from './departure.ts';

/**
 * Answers GET and HEAD requests for one path. The signal is aborted when the answer is not wanted any
 * more: with an `AbortError` when the client has left, and with a `LateError` at the request's deadline.
 */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
) => Promise<void>;

/** Characters of a request's target; longer ones are 414. */
const LONGEST_TARGET = 8192;

/**
 * Leads each request to the handler of its path; the query string plays no part. A path without a
 * handler is 404, a method other than GET and HEAD 405, a target that is no path 400.
 */
export function route(
  handlers: ReadonlyMap<string, Handler>,
  failed: (error: unknown) => void,
): RequestListener {
  const known = [...handlers.keys()].join(' ');
  return (request, response) => {
    const target = request.url ?? '';
    const path = pathOf(target);
    const handler = path === undefined ? undefined : handlers.get(path);
    if (target.length > LONGEST_TARGET) answer(response, 414, 'the URL is too long');
    else if (path === undefined) answer(response, 400, 'malformed URL');
    else if (handler === undefined) answer(response, 404, `not found; there is ${known}`);
    else if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, `${request.method} is not allowed`, { allow: 'GET, HEAD' });
    } else {
      handler(request, response, departure(request, response)).catch((error: unknown) => {
        response.destroy();
        failed(error);
      });
    }
  };
}

/** A whole answer of one line of plain text. */
export function answer(
  response: ServerResponse,
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

/** The decoded path of a request target in origin-form or absolute-form (RFC 9112, section 3.2). */
export function pathOf(target: string): string | undefined {
  const path = target.startsWith('/') ? target.replace(/[?#].*$/s, '') : URL.parse(target)?.pathname;
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
