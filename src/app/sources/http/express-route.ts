import {
  type App,
  innerRouter,
  type Layer,
  matchLayer,
  mountText,
  pathText,
  type Route,
  type Router,
  reconstruct,
  routerOf,
  textOf,
} from './express-layers.ts';
import {
  type Chain,
  chainsTo,
  type Failure,
  failureOf,
  follow,
  linkMount,
  linkTree,
  mountsEdition,
  ownerOf,
} from './express-routers.ts';

/** A request of Express 4 or 5 when the response has ended. */
interface ExpressRequest {
  /** The paths of the mounts that lead to the handler; '' again after the request has left them. */
  readonly baseUrl?: string | undefined;
  readonly originalUrl: string;
  /** The last route that matched. */
  readonly route?: Route;
  /** `undefined` when Express itself answered. */
  readonly next?: unknown;
  readonly params?: object;
  readonly app?: App;
  /** The errors that were passed on. (`router` since 2.3) */
  [ERRORS]?: { readonly size: number };
}

const ERRORS = Symbol.for('router.tracing.publishedErrors');

/** The data that pitot keeps for a route. */
interface Finding {
  readonly edition: number;
  /** The only template it can have; `undefined` if that depends on the request. */
  readonly only: string | undefined;
  readonly chains: readonly Chain[];
}

const findings = new WeakMap<Route, Finding>();

/**
 * The template of the route that answered a request, mounts included, or of the mount whose function answered;
 * `undefined` if nothing matched, or if the request does not belong to Express. It consists of registered paths and
 * contains no text of the request's own path.
 */
export function expressRoute(request: object, status: number | undefined): string | undefined {
  // Nearly every route has only one template, which an earlier request has looked up.
  const { route: matched } = request as { readonly route?: Route };
  const known = matched === undefined ? undefined : findings.get(matched);
  if (known?.edition === mountsEdition && known.only !== undefined && status !== 404) return known.only;
  if (!isExpress(request)) return undefined;
  const express = request;
  const { baseUrl = '', route } = express;
  if (status === 404 && wasPassedOn(express)) return undefined;
  if (route === undefined) return mountTemplate(express, baseUrl);
  const { only, chains } = find(route, express);
  return only ?? choose(route, chains, express, baseUrl);
}

/** Other frameworks have `baseUrl` too. Only Express has a router with layers, or a route of one. */
function isExpress(request: object): request is ExpressRequest {
  if (!('baseUrl' in request && 'originalUrl' in request)) return false;
  const { app, route } = request as ExpressRequest;
  return (route !== undefined && ownerOf(route) !== undefined) || (isApp(app) && routerOf(app) !== undefined);
}

function isApp(app: unknown): app is App {
  return typeof app === 'function' || (typeof app === 'object' && app !== null);
}

/**
 * Whether a template consists of registered paths only, without any part from {@link reconstruct}; `undefined` if the
 * request does not belong to Express.
 */
export function isRegisteredInExpress(request: object, template: string): boolean | undefined {
  if (!isExpress(request)) return undefined;
  const { app, route } = request;
  if (route !== undefined) {
    return find(route, request).chains.some((chain) => staticTemplate(chain, route) === template);
  }
  const root = rootOf(app, false);
  return template === '/' || (root !== undefined && isMount(root, template, new Set()));
}

/** Whether a mount below this router has this template. */
function isMount(router: Router, template: string, inside: ReadonlySet<Router>): boolean {
  return router.stack.some((layer) => {
    const text = layer.route === undefined ? textOf(layer) : undefined;
    if (text === undefined || !template.startsWith(text)) return false;
    const inner = innerRouter(layer);
    if (text === template || inner === undefined || inside.has(inner)) return text === template;
    return isMount(inner, template.slice(text.length), new Set([...inside, router]));
  });
}

/** Whether the route that matched last passed on a request, which then got `404 Not Found`. */
function wasPassedOn(request: ExpressRequest): boolean {
  const { route, next, params, [ERRORS]: errors } = request;
  if (route === undefined) return true;
  const failure = failureOf(request);
  if (failure?.route === route) return !isErrorOf(route, failure, request);
  // The final handler answers after the router has restored everything. The route counts as the origin of an error.
  if (next === undefined) return errors === undefined || errors.size === 0;
  // A function mounted on `/` has no parameters.
  return /[:*]/.test(pathText(route.path)) && (params === undefined || Object.keys(params).length === 0);
}

/**
 * Whether an error came from the route, and not from a function that received the request after the route had passed
 * it on. Such a function stands between the route and the first layer that received the error.
 */
function isErrorOf(route: Route, { layer: first }: Failure, request: ExpressRequest): boolean {
  const owner = ownerOf(route);
  const own = owner?.stack.find((layer) => layer.route === route);
  if (owner === undefined || own === undefined || route.stack?.includes(first) === true) return true;
  const path = pathOf(request.originalUrl);
  for (const chain of find(route, request).chains) {
    const rests = follow(chain, path)?.rests;
    if (rests === undefined) continue;
    const levels = [...chain, { on: owner, layer: own }].map((mount, i) => ({
      ...mount,
      rest: rests[i] || '/',
    }));
    const later = levels
      .toReversed()
      .flatMap(({ on, layer, rest }) =>
        on.stack.slice(on.stack.indexOf(layer) + 1).map((next) => ({ next, rest })),
      );
    const reached = later.find(
      ({ next, rest }) => next === first || (isFunction(next) && matchLayer(next, rest)),
    );
    if (reached !== undefined) return reached.next === first;
  }
  return true;
}

/** Whether a layer is neither a route nor a handler of errors. */
function isFunction({ route, handle }: Layer): boolean {
  return route === undefined && typeof handle === 'function' && handle.length < 4;
}

function find(route: Route, { app }: ExpressRequest): Finding {
  const known = findings.get(route);
  if (known !== undefined && known.edition === mountsEdition) return known;
  const root = rootOf(app, ownerOf(route) === undefined);
  const owner = ownerOf(route);
  const chains = owner === undefined ? [] : chainsTo(owner, root);
  // Outside of an application pitot does not know the way to a router.
  const isOnly = chains.length === 1 && root !== undefined;
  const only = isOnly ? staticTemplate(chains[0] ?? [], route) : undefined;
  const finding = { edition: mountsEdition, only, chains };
  findings.set(route, finding);
  return finding;
}

const linked = new WeakSet<App>();

/**
 * The outermost router that leads to an application. Links all routers on the way.
 *
 * @param again whether to also link registrations since the last time
 */
function rootOf(app: App | undefined, again: boolean): Router | undefined {
  let root: Router | undefined;
  for (let inner = app; inner !== undefined; inner = inner.parent) {
    const router = routerOf(inner);
    if (router === undefined) break;
    root = router;
    if (linked.has(inner) && !again) continue;
    linked.add(inner);
    linkTree(router);
    const outer = inner.parent === undefined ? undefined : routerOf(inner.parent);
    const layer = outer?.stack.find((one) => isMountOf(inner, one));
    if (outer !== undefined && layer !== undefined) linkMount(router, { on: outer, layer });
  }
  return root;
}

/** Express mounts an application with a function of this name, and keeps the path on the application. */
function isMountOf({ mountpath }: App, layer: Layer): boolean {
  if (typeof layer.handle !== 'function' || layer.handle.name !== 'mounted_app') return false;
  const text = textOf(layer);
  return text === undefined || text === mountText(mountpath);
}

function staticTemplate(chain: Chain, route: Route): string | undefined {
  const texts = chain.map(({ layer }) => textOf(layer));
  return texts.includes(undefined) ? undefined : join(texts.join(''), pathText(route.path));
}

/** The template of the chain whose mounts took this part of the request's path. */
function choose(
  route: Route,
  chains: readonly Chain[],
  { originalUrl, app }: ExpressRequest,
  baseUrl: string,
): string | undefined {
  const path = pathText(route.path);
  const own = ownerOf(route)?.stack.find((layer) => layer.route === route);
  for (const chain of chains) {
    // After an error the request has left the mounts. Only the whole path still contains their part.
    const prefix = follow(chain, baseUrl === '' ? pathOf(originalUrl) : baseUrl);
    if (prefix === undefined) continue;
    const rest = prefix.rests.at(-1) ?? '';
    const fits = baseUrl === '' ? own && matchLayer(own, rest || '/') : rest === '';
    if (fits) return join(prefix.template, path);
  }
  return join(mountTemplate({ originalUrl, baseUrl, ...(app && { app }) }, baseUrl) ?? '', path);
}

/** The template of the mounts that lead to the function that answered. */
function mountTemplate({ originalUrl, app }: ExpressRequest, baseUrl: string): string | undefined {
  if (baseUrl === '') return pathOf(originalUrl) === '/' ? '/' : undefined;
  const root = rootOf(app, false);
  return root && descend(root, baseUrl, new Set());
}

/** The template of the mounts that take a path. `*` stands for mounts that only a function knows. */
function descend(router: Router, path: string, inside: ReadonlySet<Router>): string | undefined {
  let partly: string | undefined;
  for (const layer of router.stack) {
    const match = layer.route === undefined ? matchLayer(layer, path) : undefined;
    if (match === undefined) continue;
    const text = textOf(layer) ?? reconstruct(layer, match);
    const rest = path.slice(match.taken.length);
    if (rest === '') return text;
    const inner = innerRouter(layer);
    if (inner !== undefined && !inside.has(inner)) {
      const deeper = descend(inner, rest, new Set([...inside, router]));
      if (deeper !== undefined) return text + deeper;
    } else if (match.taken !== '') partly ??= `${text}/*`;
  }
  return partly;
}

function join(prefix: string, path: string): string {
  return path === '/' && prefix !== '' ? prefix : prefix + path;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
