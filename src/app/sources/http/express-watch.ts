import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { watchRouters } from './express-links.ts';

/** The router of Express 5 is a package; that of Express 4 is a file, whatever name Express is installed under. */
const ROUTERS = ['router', '*/lib/router/index.js'];

/** Meets the router of every copy of Express as soon as it is loaded. */
export function watchExpress(): () => void {
  const stops = ROUTERS.map((router) => whenLoaded(router, onLoaded));
  return () => {
    for (const stop of stops) stop();
  };
}

function onLoaded({ exports }: LoadedPackage): void {
  if (typeof exports !== 'function') return;
  // Routers inherit from the prototype of the class in Express 5, and from the function itself in Express 4.
  const prototype = [exports.prototype, exports].find(isRouterPrototype);
  if (prototype !== undefined) watchRouters(prototype);
}

function isRouterPrototype(candidate: unknown): candidate is Parameters<typeof watchRouters>[0] {
  if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return false;
  return ['use', 'route', 'handle', 'param'].every(
    (name) => typeof Reflect.get(candidate, name) === 'function',
  );
}
