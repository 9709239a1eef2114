import type { Exchange } from './exchange.ts';
import { expressRoute } from './express-route.ts';
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
