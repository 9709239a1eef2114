import { expressRoute, isRegisteredInExpress } from './express-route.ts';
import type { MeasuredRequest } from './measured-request.ts';
import { nextRoute } from './next-route.ts';

/**
 * The `http.route` of a request that has ended: the template that matched, or nothing. What the application set wins
 * over what the framework reports. (Semantic conventions, "HTTP metrics": it must have low cardinality, and must not
 * be set without a matched route)
 */
export function routeOf(measured: MeasuredRequest, status: number | undefined): string | undefined {
  const { route, matched, framework, readRoute, raw } = measured;
  if (route !== undefined) return route;
  if (matched !== undefined) return matched;
  if (framework !== undefined) return readRoute?.(framework);
  return expressRoute(raw, status) ?? nextRoute(raw);
}

/**
 * Whether the route of a request that has ended was registered with a router, so that there is a limited number of
 * them. What the application sets, and what was made of a path, may be anything.
 */
export function isRegistered({ route, matched, framework, raw }: MeasuredRequest, template: string): boolean {
  if (route !== undefined) return false;
  if (matched !== undefined || framework !== undefined) return true;
  return isRegisteredInExpress(raw, template) ?? true;
}
