import type { Exchange } from './exchange.ts';
import { expressRoute, isRegisteredInExpress } from './express-route.ts';
import { fastifyRoute } from './fastify-route.ts';
import { nextRoute } from './next-route.ts';

/**
 * The `http.route` of a request that has ended: the template that matched, or nothing. What the
 * application said goes first, then what its framework left on the request.
 */
export function routeOf(exchange: Exchange, status: number | undefined): string | undefined {
  const told = exchange.route ?? exchange.matched;
  if (told !== undefined) return told;
  if (exchange.framework !== undefined) return fastifyRoute(exchange.framework);
  return expressRoute(exchange.request, status) ?? nextRoute(exchange.request);
}

/**
 * Whether the route of a request that has ended is one that a router has, as it was registered: there are only
 * so many of those. What the application tells, and what was made of a path, may be anything.
 */
export function isRegistered({ route, matched, framework, request }: Exchange, template: string): boolean {
  if (route !== undefined) return false;
  if (matched !== undefined || framework !== undefined) return true;
  return isRegisteredInExpress(request, template) ?? true;
}
