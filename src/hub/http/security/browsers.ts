import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { answer, type Handler } from '../routing.ts';

/*
 * A browser carries requests of any web page to this machine's own addresses. These checks keep pages of other
 * origins from reading an endpoint that needs no credentials, and from opening its streams.
 */

/**
 * Names that no public DNS zone can point at this machine: `localhost` (RFC 6761, section 6.3), and `internal`, which
 * ICANN has reserved and under which containers find their host (`host.docker.internal`).
 */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|internal)$/;

/**
 * Whether a `Host` header names the endpoint and not a web site. A page that has its own name point at 127.0.0.1 (DNS
 * rebinding) is of the endpoint's origin for the browser, but the browser sends that name. An IP address cannot be
 * rebound. Browsers always send `Host`, so a request without one is let in.
 *
 * @param hosts further names; `*` stands for all
 */
export function isOwnHost(header: string | undefined, hosts: readonly string[]): boolean {
  if (header === undefined || hosts.includes('*')) return true;
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  if (isIP(bracketed ?? plain) !== 0) return true;
  const name = plain.toLowerCase().replace(/\.$/, '');
  return PRIVATE_NAME.test(name) || hosts.includes(name);
}

/**
 * The handler for pages of its own origin, navigations and clients that are no browsers. Others get 403. Browsers say
 * by `Sec-Fetch-Site` where a request is from; older ones send `Origin` with requests to other origins. (Fetch Metadata
 * Request Headers, sections 2.1 to 2.4; Go's `http.CrossOriginProtection` has the same order.)
 *
 * @param origins origins whose scripts may read answers; `*` stands for all
 */
export function sameOriginOnly(handler: Handler, origins: readonly string[], refused: () => void): Handler {
  return async (request, response, signal) => {
    if (isSameOrigin(request.headers, origins)) return await handler(request, response, signal);
    refused();
    answer(response, 403, 'not for pages of other origins: see PITOT_CORS_ORIGINS');
  };
}

function isSameOrigin(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origins.includes('*') || (origin !== undefined && origins.includes(origin))) return true;
  const site = headers['sec-fetch-site'];
  if (site === undefined) return origin === undefined || URL.parse(origin)?.host === host;
  if (site === 'same-origin' || site === 'none') return true;
  // A link on another page; the answer fills a tab and cannot be read from there.
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
