import { expressRoute, isRegisteredInExpress } from './express-route.ts';
import { feathersRoute, hasServices } from './feathers-route.ts';
import type { MeasuredRequest } from './measured-request.ts';
import { nextRoute } from './next-route.ts';

/**
 * The `http.route` of a request that has ended: the template that matched, or `undefined`. A route that the application
 * set takes precedence over the framework's. (Semantic conventions, "HTTP metrics": it must have low cardinality, and
 * must not be set without a matched route)
 */
export function routeOf(measured: MeasuredRequest, status: number | undefined): string | undefined {
  const { route, matched, framework, readRoute, raw } = measured;
  if (route !== undefined) return route;
  if (matched !== undefined) return matched;
  if (framework !== undefined) return readRoute?.(framework);
  return (hasServices ? feathersRoute(raw) : undefined) ?? expressRoute(raw, status) ?? nextRoute(raw);
}

/**
 * Whether a router registered the route of a request that has ended, so that the number of such routes is limited.
 * Routes that the application sets, and reconstructed ones, have no limit.
 */
export function isRegistered({ route, matched, framework, raw }: MeasuredRequest, template: string): boolean {
  if (route !== undefined) return false;
  if (matched !== undefined || framework !== undefined) return true;
  return feathersRoute(raw) !== undefined || (isRegisteredInExpress(raw, template) ?? true);
}
