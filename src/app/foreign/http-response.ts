import type { ServerResponse } from 'node:http';

/**
 * The length of its body that a response declares in `Content-Length`, in bytes; `undefined` if it declares none.
 *
 * Rests on: `_contentLength`, where `node:http` keeps the value of a header that was given to `writeHead()` only.
 * Checked with Node.js 22.15 to 24.21. Without it, only headers that were set with `setHeader()` are known.
 */
export function declaredLength(response: ServerResponse): number | undefined {
  const { _contentLength: written } = response as { _contentLength?: unknown };
  if (response.headersSent && typeof written === 'number') return written;
  const header = response.getHeader('content-length');
  return header === undefined ? undefined : Number(header);
}
