import type { IncomingHttpHeaders } from 'node:http';

export type Scheme = 'http' | 'https';

/**
 * The scheme that the client used, by the headers of a proxy: `Forwarded` (RFC 7239, "Forwarded Proto"), else
 * `X-Forwarded-Proto`. Each proxy appends to them, so the first value is that of the client.
 *
 * @returns `undefined` if the headers name neither http nor https
 */
export function forwardedScheme(headers: IncomingHttpHeaders): Scheme | undefined {
  const { forwarded, 'x-forwarded-proto': proto } = headers;
  const named = forwarded === undefined ? first(proto) : protoOf(first(forwarded));
  const scheme = named?.trim().toLowerCase();
  return scheme === 'http' || scheme === 'https' ? scheme : undefined;
}

/** The first value of a list; Node.js joins the values of repeated headers with commas. */
function first(header: string | readonly string[] | undefined): string | undefined {
  return String(header ?? '').split(',', 1)[0];
}

function protoOf(element: string | undefined): string | undefined {
  return /(?:^|;)\s*proto="?([a-z]+)"?\s*(?:;|$)/i.exec(element ?? '')?.[1];
}
