import { type Chain, chainsTo, follow } from './express-chains.ts';
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
import { linkMount, linksEdition, linkTree, ownerOf } from './express-links.ts';
import { withoutIdentifiers } from './path-template.ts';

/** A request that has been through Express 4 or 5, as it is when the response has ended. */
interface ExpressRequest {
  /** The paths of the mounts that lead to what answered; `undefined` or '' again when that has been left. */
  readonly baseUrl?: string | undefined;
  readonly originalUrl: string;
  /** The last route that matched. */
  readonly route?: Route;
  /** `undefined` again when nothing of the application's answered. */
  readonly next?: unknown;
  readonly params?: object;
  readonly app?: App;
  /** Errors that were passed on. (`router` since 2.3) */
  [ERRORS]?: { readonly size: number };
}

const ERRORS = Symbol.for('router.tracing.publishedErrors');

/** What has been found out of a route. */
interface Finding {
  readonly edition: number;
  /** The only template it can have; `undefined` when that depends on the request. */
  readonly only: string | undefined;
  readonly chains: readonly Chain[];
}

const findings = new WeakMap<Route, Finding>();

/**
 * The template of the route that a request to Express took, mounts included, or of the mount where a
 * function answered; `undefined` where nothing matched, or for any other request.
 */
export function expressRoute(request: object, status: number | undefined): string | undefined {
  if (!('baseUrl' in request)) return undefined;
  const express = request as ExpressRequest;
  const { baseUrl = '', route } = express;
  if (status === 404 && wasPassedOn(express)) return undefined;
  if (route === undefined) return mountTemplate(express, baseUrl);
  const { only, chains } = find(route, express);
  return only ?? choose(route, chains, express, baseUrl);
}

/**
 * Whether the template that a request has got consists of paths that were registered, and of nothing that was
 * made of the request's own; `undefined` where it is none of Express.
 */
export function isRegisteredInExpress(request: object, template: string): boolean | undefined {
  if (!('baseUrl' in request)) return undefined;
  const express = request as ExpressRequest;
  const { app, route } = express;
  if (route !== undefined) {
    return find(route, express).chains.some((chain) => staticTemplate(chain, route) === template);
  }
  const root = rootOf(app, false);
  return template === '/' || (root !== undefined && isMount(root, template, new Set()));
}

/** Whether there is a mount with this template below a router. */
function isMount(router: Router, template: string, inside: ReadonlySet<Router>): boolean {
  return router.stack.some((layer) => {
    const text = layer.route === undefined ? textOf(layer) : undefined;
    if (text === undefined || !template.startsWith(text)) return false;
    const inner = innerRouter(layer);
    if (text === template || inner === undefined || inside.has(inner)) return text === template;
    return isMount(inner, template.slice(text.length), new Set([...inside, router]));
  });
}

/** Whether what answered `404 Not Found` is not the route that matched last: that had passed it on. */
function wasPassedOn({ route, next, params, [ERRORS]: errors }: ExpressRequest): boolean {
  if (route === undefined) return true;
  // The final handler answers after the router has put everything back; an error is the route's own answer.
  if (next === undefined) return errors === undefined || errors.size === 0;
  // A function that is mounted on `/` has no parameters.
  return /[:*]/.test(pathText(route.path)) && (params === undefined || Object.keys(params).length === 0);
}

function find(route: Route, { app }: ExpressRequest): Finding {
  const known = findings.get(route);
  if (known !== undefined && known.edition === linksEdition()) return known;
  const root = rootOf(app, ownerOf(route) === undefined);
  const owner = ownerOf(route);
  const chains = owner === undefined ? [] : chainsTo(owner, root);
  // What leads to a router outside of any application is not known.
  const isOnly = chains.length === 1 && root !== undefined;
  const only = isOnly ? staticTemplate(chains[0] ?? [], route) : undefined;
  const finding = { edition: linksEdition(), only, chains };
  findings.set(route, finding);
  return finding;
}

const linked = new WeakSet<App>();

/**
 * The outermost router that leads to an application, once all that leads there is linked.
 *
 * @param again whether to look for what was registered since then
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

/** Express mounts an application by a function of this name, and keeps the path on the application. */
function isMountOf({ mountpath }: App, layer: Layer): boolean {
  if (typeof layer.handle !== 'function' || layer.handle.name !== 'mounted_app') return false;
  const text = textOf(layer);
  return text === undefined || text === mountText(mountpath);
}

function staticTemplate(chain: Chain, route: Route): string | undefined {
  const texts = chain.map(({ layer }) => textOf(layer));
  return texts.includes(undefined) ? undefined : join(texts.join(''), pathText(route.path));
}

/** The template of the chain that takes what the mounts have taken of this request's path. */
function choose(
  route: Route,
  chains: readonly Chain[],
  { originalUrl, app }: ExpressRequest,
  baseUrl: string,
): string | undefined {
  const path = pathText(route.path);
  const own = ownerOf(route)?.stack.find((layer) => layer.route === route);
  for (const chain of chains) {
    // After an error the mounts have been left, and what they took is only in the whole path.
    const prefix = follow(chain, baseUrl === '' ? pathOf(originalUrl) : baseUrl);
    if (prefix === undefined) continue;
    const fits = baseUrl === '' ? own && matchLayer(own, prefix.rest || '/') : prefix.rest === '';
    if (fits) return join(prefix.template, path);
  }
  return join(mountTemplate({ originalUrl, baseUrl, ...(app && { app }) }, baseUrl) ?? '', path);
}

/** The template of the mounts that lead to a function which answered. */
function mountTemplate({ originalUrl, app }: ExpressRequest, baseUrl: string): string | undefined {
  if (baseUrl === '') return pathOf(originalUrl) === '/' ? '/' : undefined;
  const root = rootOf(app, false);
  return (root && descend(root, baseUrl, new Set())) ?? withoutIdentifiers(baseUrl);
}

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
    } else if (match.taken !== '') partly ??= text + withoutIdentifiers(rest);
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
