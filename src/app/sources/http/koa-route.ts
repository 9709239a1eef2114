import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { measuredRequestOf } from './measured-request.ts';

/** Where `@koa/router` and `koa-router` note the path of the route they run. */
const PROPERTY = '_matchedRoute';

const MATCHED = Symbol('pitot.matchedRoute');

/** What contexts of Koa inherit. */
interface KoaContext {
  readonly req?: object;
  [MATCHED]?: unknown;
}

/**
 * Learns the routes of Koa's router, which notes them on the context: pitot gives the property a setter, once, on the
 * prototype of all contexts.
 */
export function watchKoa(): () => void {
  return whenLoaded('koa/lib/context.js', onLoaded);
}

function onLoaded({ exports }: LoadedPackage): void {
  if (typeof exports !== 'object' || exports === null || PROPERTY in exports) return;
  Object.defineProperty(exports, PROPERTY, {
    configurable: true,
    get(this: KoaContext) {
      return this[MATCHED];
    },
    set(this: KoaContext, path: unknown) {
      this[MATCHED] = path;
      const measured = this.req === undefined ? undefined : measuredRequestOf(this.req);
      if (measured !== undefined && path !== undefined) measured.matched = String(path);
    },
  });
}
