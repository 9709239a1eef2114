import { innerRouter, type Layer, noteText, type Route, type Router } from './express-layers.ts';

/** One place where a router is mounted. */
export interface Mount {
  /** The router it is mounted on. */
  readonly on: Router;
  readonly layer: Layer;
}

const owners = new WeakMap<Route, Router>();
const mounts = new WeakMap<Router, Mount[]>();
let edition = 0;

/** Changes whenever a link is added: what was found out before may no longer be all there is. */
export function linksEdition(): number {
  return edition;
}

/** The router a route belongs to; `undefined` while it has not been seen. */
export function ownerOf(route: Route): Router | undefined {
  return owners.get(route);
}

/** The places where a router is mounted, as far as they have been seen. */
export function mountsOf(router: Router): readonly Mount[] {
  return mounts.get(router) ?? [];
}

function linkRoute(route: Route, router: Router): void {
  if (owners.has(route)) return;
  owners.set(route, router);
}

export function linkMount(router: Router, mount: Mount): void {
  const known = mounts.get(router);
  if (known?.some(({ layer }) => layer === mount.layer)) return;
  edition++;
  if (known === undefined) mounts.set(router, [mount]);
  else known.push(mount);
}

/** Links a router and all that is mounted on it, as far as routers are mounted themselves. */
export function linkTree(router: Router, seen = new Set<Router>()): void {
  if (seen.has(router)) return;
  seen.add(router);
  for (const layer of router.stack) {
    const inner = innerRouter(layer);
    if (layer.route !== undefined) linkRoute(layer.route, router);
    else if (inner !== undefined) {
      linkMount(inner, { on: router, layer });
      linkTree(inner, seen);
    }
  }
}

/** What routers of one copy of Express inherit. */
interface RouterPrototype {
  use(this: Router, ...args: unknown[]): unknown;
  route(this: Router, path: unknown): Route;
}

const watched = new WeakSet<object>();

/**
 * Has routers tell what is registered on them from now on. That is needed for what nothing leads to later:
 * a router that a function calls, such as one that is replaced while the service runs, and the text of a
 * path where the router does not keep it.
 */
export function watchRouters(prototype: RouterPrototype): void {
  if (watched.has(prototype)) return;
  watched.add(prototype);
  const { use, route } = prototype;
  replace(prototype, 'use', function (this: Router, ...args: unknown[]): unknown {
    const before = this.stack.length;
    const result = use.apply(this, args);
    for (const layer of this.stack.slice(before)) {
      noteText(layer, isHandler(args[0]) ? '/' : args[0]);
      const inner = innerRouter(layer);
      if (inner !== undefined) linkMount(inner, { on: this, layer });
    }
    return result;
  });
  replace(prototype, 'route', function (this: Router, path: unknown): Route {
    const result = route.call(this, path);
    linkRoute(result, this);
    return result;
  });
}

/** A function, or a list of functions: then `use` was given no path. */
function isHandler(argument: unknown): boolean {
  return (
    typeof (Array.isArray(argument) ? argument.flat(Number.POSITIVE_INFINITY)[0] : argument) === 'function'
  );
}

/** Replaces a method by one that looks like it. */
function replace<Name extends keyof RouterPrototype>(
  prototype: RouterPrototype,
  name: Name,
  method: RouterPrototype[Name],
): void {
  const { length, name: called } = prototype[name];
  Object.defineProperties(method, { length: { value: length }, name: { value: called } });
  prototype[name] = method;
}
