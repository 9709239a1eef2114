import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { replaceMethod } from '../../patching/replace-method.ts';
import {
  innerRouter,
  type Layer,
  matchLayer,
  noteText,
  type Route,
  type Router,
  reconstruct,
  textOf,
} from './express-layers.ts';

/** One place where a router is mounted. */
export interface Mount {
  /** The router it is mounted on. */
  readonly on: Router;
  readonly layer: Layer;
}

/** A way to a router: its mounts from the outermost to the innermost. */
export type Chain = readonly Mount[];

/** pitot follows at most this many ways to a router. */
const MAX_CHAINS = 64;

const owners = new WeakMap<Route, Router>();
const mounts = new WeakMap<Router, Mount[]>();

/** Changes whenever a router is mounted. Anything that was derived from the mounts before may be incomplete. */
export let mountsEdition = 0;

/** The router that a route is registered on; `undefined` until pitot has seen it. */
export function ownerOf(route: Route): Router | undefined {
  return owners.get(route);
}

function mountsOf(router: Router): readonly Mount[] {
  return mounts.get(router) ?? [];
}

function linkRoute(route: Route, router: Router): void {
  if (!owners.has(route)) owners.set(route, router);
}

/** Links a place where a router is mounted. */
export function linkMount(router: Router, mount: Mount): void {
  const known = mounts.get(router);
  if (known?.some(({ layer }) => layer === mount.layer)) return;
  mountsEdition++;
  if (known === undefined) mounts.set(router, [mount]);
  else known.push(mount);
}

/** Links all routes and mounts of a router, and of the routers mounted on it. */
export function linkTree(router: Router, seen = new Set<Router>()): void {
  if (seen.has(router)) return;
  seen.add(router);
  for (const layer of router.stack) {
    watchErrors(layer);
    const inner = innerRouter(layer);
    if (layer.route !== undefined) linkRoute(layer.route, router);
    else if (inner !== undefined) {
      linkMount(inner, { on: router, layer });
      linkTree(inner, seen);
    }
  }
}

/**
 * All ways to a router. If pitot knows none, and the router is not the root, then a function calls it: any of the
 * mounted functions.
 */
export function chainsTo(router: Router, root: Router | undefined): readonly Chain[] {
  const chains = knownChainsTo(router, new Set());
  // If a router leads to an application, that application is not the outermost.
  if (root === undefined || mountsOf(root).length > 0) return chains;
  return chains
    .flatMap((chain) => {
      const top = chain[0]?.on ?? router;
      if (top === root) return [chain];
      return [[], ...mountedFunctions(root, new Set())].map((way) => [...way, ...chain]);
    })
    .slice(0, MAX_CHAINS);
}

function knownChainsTo(router: Router, inside: ReadonlySet<Router>): readonly Chain[] {
  const known = mountsOf(router).filter(({ on }) => !inside.has(on));
  if (known.length === 0) return [[]];
  const deeper = new Set([...inside, router]);
  return known
    .flatMap((mount) => knownChainsTo(mount.on, deeper).map((chain) => [...chain, mount]))
    .slice(0, MAX_CHAINS);
}

function mountedFunctions(router: Router, seen: Set<Router>): readonly Chain[] {
  if (seen.has(router)) return [];
  seen.add(router);
  return router.stack.flatMap((layer): readonly Chain[] => {
    if (layer.route !== undefined) return [];
    const mount = { on: router, layer };
    const inner = innerRouter(layer);
    if (inner !== undefined) return mountedFunctions(inner, seen).map((way) => [mount, ...way]);
    return textOf(layer) === '' ? [] : [[mount]];
  });
}

/** A chain that took the beginning of a path. */
export interface Followed {
  readonly template: string;
  /** The rest of the path at each mount of the chain, and after the last one. */
  readonly rests: readonly string[];
}

/** Matches a path with the mounts of a chain; `undefined` if one of them does not match. */
export function follow(chain: Chain, path: string): Followed | undefined {
  let template = '';
  const rests = [path];
  for (const { layer } of chain) {
    const rest = rests.at(-1) ?? '';
    const match = matchLayer(layer, rest);
    if (match === undefined) return undefined;
    template += textOf(layer) ?? reconstruct(layer, match);
    rests.push(rest.slice(match.taken.length));
  }
  return { template, rests };
}

/** The router of Express 5 is a package. The router of Express 4 is a file, and Express may have another name. */
const ROUTERS = ['router', '*/lib/router/index.js'];

/** Watches the routers of every loaded copy of Express. */
export function watchExpress(): () => void {
  const stops = ROUTERS.map((router) => whenLoaded(router, onLoaded));
  return () => {
    for (const stop of stops) stop();
  };
}

/** The prototype of the routers of one copy of Express. */
interface RouterPrototype {
  use(this: Router, ...args: unknown[]): unknown;
  route(this: Router, path: unknown): Route;
}

function onLoaded({ exports }: LoadedPackage): void {
  if (typeof exports !== 'function') return;
  // Routers inherit from the prototype of the class in Express 5, and from the function itself in Express 4.
  const prototype = [exports.prototype, exports].find(isRouterPrototype);
  if (prototype !== undefined) watchRouters(prototype);
}

function isRouterPrototype(candidate: unknown): candidate is RouterPrototype {
  if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return false;
  return ['use', 'route', 'handle', 'param'].every(
    (name) => typeof Reflect.get(candidate, name) === 'function',
  );
}

const watched = new WeakSet<object>();

/**
 * Watches all registrations on routers from now on. The tree of routers does not show all of them: a function may call
 * a router, such as one that is replaced while the service runs, and a router may not keep the text of its paths.
 */
function watchRouters(prototype: RouterPrototype): void {
  if (watched.has(prototype)) return;
  watched.add(prototype);
  replaceMethod(prototype, 'use', (original) => {
    return function (this: unknown, ...args) {
      const router = this as Router;
      const before = router.stack.length;
      const result = Reflect.apply(original, router, args);
      for (const layer of router.stack.slice(before)) {
        watchErrors(layer);
        noteText(layer, isHandler(args[0]) ? '/' : args[0]);
        const inner = innerRouter(layer);
        if (inner !== undefined) linkMount(inner, { on: router, layer });
      }
      return result;
    };
  });
  replaceMethod(prototype, 'route', (original) => {
    return function (this: unknown, ...args) {
      const result = Reflect.apply(original, this, args);
      linkRoute(result as Route, this as Router);
      return result;
    };
  });
}

/** Whether the argument is a function, or a list of functions. Then the call of `use` has no path. */
function isHandler(argument: unknown): boolean {
  return (
    typeof (Array.isArray(argument) ? argument.flat(Number.POSITIVE_INFINITY)[0] : argument) === 'function'
  );
}

/** The first layer that received an error of a request, and the route that had matched last. */
export interface Failure {
  readonly route: unknown;
  readonly layer: Layer;
}

const failures = new WeakMap<object, Failure>();

/** The error that a request passed on after its last route had matched, if any. */
export function failureOf(request: object): Failure | undefined {
  return failures.get(request);
}

/** Notes errors where layers receive them, so that requests without errors cost nothing. */
function watchErrors(layer: Layer): void {
  const prototype: unknown = Object.getPrototypeOf(layer);
  if (typeof prototype !== 'object' || prototype === null || watched.has(prototype)) return;
  watched.add(prototype);
  // Express 5 and 4.
  const name = ['handleError', 'handle_error'].find((one) => one in prototype);
  if (name === undefined) return;
  replaceMethod(prototype, name, (original) => {
    return function (this: unknown, ...args) {
      noteFailure(args[1], this as Layer);
      return Reflect.apply(original, this, args);
    };
  });
}

function noteFailure(request: unknown, layer: Layer): void {
  if (typeof request !== 'object' || request === null) return;
  const { route } = request as { route?: unknown };
  const known = failures.get(request);
  if (known === undefined || known.route !== route) failures.set(request, { route, layer });
}
