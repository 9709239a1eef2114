import type { IncomingMessage } from 'node:http';

/**
 * Corrects the `http.route` of an answered request, given the route that the official instrumentation noted.
 *
 * The semantic conventions want the template that matched, or nothing. The official Express
 * instrumentation always notes a template, but in three cases not the one that matched:
 * - without a match it notes the mount path of the last attempt (`/orgs/:org`);
 * - it omits a wildcard (`/{*any}`, `/*`), so all requests that match it count as `/`;
 * - it notes no route for `/` with a query string.
 *
 * A request that did not come through Express keeps its route.
 */
export function settledRoute(
  noted: string | undefined,
  request: IncomingMessage,
  status: number,
): string | undefined {
  // Express adds these two properties to every request, and `route` when a route matches.
  if (!('baseUrl' in request) || !('originalUrl' in request)) return noted;
  const matched = 'route' in request ? request.route : undefined;

  if (noted !== undefined && noted !== '/')
    return matched === undefined && status === 404 ? undefined : noted;

  const atRoot = /^\/(\?|$)/.test(String(request.originalUrl));
  if (matched === undefined) return atRoot && status !== 404 ? noted : undefined;
  if (noted === undefined && !atRoot) return undefined;
  return templateOf(matched) ?? noted;
}

function templateOf(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined;
  return typeof route.path === 'string' ? route.path : undefined;
}
