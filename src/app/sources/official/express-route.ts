import type { IncomingMessage } from 'node:http';

/**
 * The `http.route` of a request that has been answered, given the one that its framework's
 * instrumentation noted.
 *
 * The semantic conventions want the template that matched, or nothing. What the official Express
 * instrumentation notes is always a template, but in three cases not the one that matched:
 * - where nothing matched, it leaves the mount path of what was tried last (`/orgs/:org`);
 * - a wildcard (`/{*any}`, `/*`) is left out, so that all it matches goes to `/`;
 * - `/` with a query string has no route.
 *
 * A request that did not come through Express keeps the route it has.
 */
export function settledRoute(
  noted: string | undefined,
  request: IncomingMessage,
  status: number,
): string | undefined {
  // Express adds these two to every request that reaches it, and `route` when a route matches.
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
