import { expressRoute, isRegisteredInExpress } from './express-route.ts';
import { fastifyRoute } from './fastify-route.ts';
import type { MeasuredRequest } from './measured-request.ts';
import { nextRoute } from './next-route.ts';

/**
 * The `http.route` of a request that has ended: the template that matched, or nothing. What the
 * application said goes first, then what its framework left on the request.
 */
export function routeOf(measured: MeasuredRequest, status: number | undefined): string | undefined {
  const told = measured.route ?? measured.matched;
  if (told !== undefined) return told;
  if (measured.framework !== undefined) return fastifyRoute(measured.framework);
  return expressRoute(measured.raw, status) ?? nextRoute(measured.raw);
}

/**
 * Whether the route of a request that has ended is one that a router has, as it was registered: there are only
 * so many of those. What the application tells, and what was made of a path, may be anything.
 */
export function isRegistered({ route, matched, framework, raw }: MeasuredRequest, template: string): boolean {
  if (route !== undefined) return false;
  if (matched !== undefined || framework !== undefined) return true;
  return isRegisteredInExpress(raw, template) ?? true;
}
