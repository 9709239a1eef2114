import { listenTo } from './channels.ts';
import { watchRouters } from './express-links.ts';

/** Published by Node.js for each `require`, those of packages that an ES module imports included. */
const REQUIRED = 'tracing:module.require:end';

/** How Express 5 and Express 4 require their router. */
const ROUTERS = new Set(['router', './router']);

interface RequireMessage {
  readonly id: string;
  readonly result?: unknown;
}

/** Meets the router of every copy of Express as soon as it is loaded, without a hook in the loader. */
export function watchExpress(): () => void {
  return listenTo({ [REQUIRED]: onRequired });
}

function onRequired(message: unknown): void {
  const { id, result } = message as RequireMessage;
  if (!ROUTERS.has(id) || typeof result !== 'function') return;
  // Express 5 has a class, of Express 4 the function itself is what routers inherit.
  const prototype = [result.prototype, result].find(isRouterPrototype);
  if (prototype !== undefined) watchRouters(prototype);
}

function isRouterPrototype(candidate: unknown): candidate is Parameters<typeof watchRouters>[0] {
  if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return false;
  return ['use', 'route', 'handle', 'param'].every(
    (name) => typeof Reflect.get(candidate, name) === 'function',
  );
}
