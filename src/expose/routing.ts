import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';

/** Answers GET and HEAD requests for one path. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

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
    const path = pathOf(request.url ?? '');
    const handler = path === undefined ? undefined : handlers.get(path);
    if (path === undefined) answer(response, 400, 'malformed URL');
    else if (handler === undefined) answer(response, 404, `not found; there is ${known}`);
    else if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, `${request.method} is not allowed`, { allow: 'GET, HEAD' });
    } else {
      handler(request, response).catch((error: unknown) => {
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
function pathOf(target: string): string | undefined {
  const path = target.startsWith('/') ? target.replace(/[?#].*$/s, '') : URL.parse(target)?.pathname;
  try {
    return path === undefined ? undefined : decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
