import { listenTo } from './channels.ts';
import { exchangeOf } from './exchange.ts';

/** Published by Node.js for each `require`, those of packages that an ES module imports included. */
const REQUIRED = 'tracing:module.require:end';

/** Where `@koa/router` and `koa-router` note the path of the route they run. */
const PROPERTY = '_matchedRoute';

const MATCHED = Symbol('pitot.matchedRoute');

/** What contexts of Koa inherit. */
interface KoaContext {
  readonly req?: object;
  [MATCHED]?: unknown;
}

interface RequireMessage {
  readonly id: string;
  readonly parentFilename?: string;
  readonly result?: unknown;
}

/**
 * Learns the routes of Koa's router, which notes them on the context: the property is given a setter, once,
 * on what all contexts inherit.
 */
export function watchKoa(): () => void {
  return listenTo({ [REQUIRED]: onRequired });
}

function onRequired(message: unknown): void {
  const { id, parentFilename, result } = message as RequireMessage;
  if (id !== './context' || typeof result !== 'object' || result === null) return;
  if (!/[\\/]koa[\\/]lib[\\/]application\.js$/.test(parentFilename ?? '') || PROPERTY in result) return;
  Object.defineProperty(result, PROPERTY, {
    configurable: true,
    get(this: KoaContext) {
      return this[MATCHED];
    },
    set(this: KoaContext, path: unknown) {
      this[MATCHED] = path;
      const exchange = this.req === undefined ? undefined : exchangeOf(this.req);
      if (exchange !== undefined && path !== undefined) exchange.matched = String(path);
    },
  });
}
