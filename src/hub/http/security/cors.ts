import type { IncomingMessage, ServerResponse } from 'node:http';

/** Seconds for which a browser may remember the answer to a preflight. */
const MAX_AGE = '600';

/**
 * Lets scripts of these origins, or with `*` of all, read the answers. ("CORS protocol" in the Fetch standard)
 *
 * @returns true if the request was a preflight, which is then answered: it never has credentials
 */
export function allowOrigins(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  const { origin } = headers;
  if (origins.length === 0) return false;
  const isForAll = origins.includes('*');
  if (!isForAll) response.setHeader('vary', 'origin');
  if (origin === undefined || !(isForAll || origins.includes(origin))) return false;
  response.setHeader('access-control-allow-origin', isForAll ? '*' : origin);
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'authorization',
    'access-control-max-age': MAX_AGE,
  });
  response.end();
  return true;
}
