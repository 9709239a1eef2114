import { setRoute } from 'pitot';
export function onRequest({ locals, routePattern }, next) {
  if (routePattern !== '/404') setRoute(locals.incoming, routePattern);
  return next();
}
