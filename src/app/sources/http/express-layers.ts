import { withoutIdentifiers } from './path-template.ts';

/**
 * What is used of the router of Express, whose parts are plain objects: `router` 2 of Express 5 and the
 * one inside Express 4. A layer is one registration: of a route, or of a function mounted on a path.
 */
export interface Router {
  (...args: never[]): unknown;
  readonly stack: readonly Layer[];
}

export interface Route {
  readonly path: unknown;
}

export interface Layer {
  readonly handle: unknown;
  readonly route?: Route | undefined;
  /** Whether the path is a prefix: its own result until `router` 2.3, `true` with the next two set. */
  match(path: string): boolean | { readonly path: string; readonly params: Params };
  readonly path?: string | undefined;
  readonly params?: Params | undefined;
  /** The path as it was registered. (`router` since 2.3) */
  readonly rawPath?: unknown;
  /** What the path was compiled to, and its parameters. (Express 4) */
  readonly regexp?: RegExp;
  readonly keys?: readonly { readonly name: string | number }[];
}

type Params = Readonly<Record<string, unknown>>;

export interface Match {
  /** The part of the path that the layer takes, without a slash at its end. */
  readonly taken: string;
  readonly params: Params;
}

function isRouter(value: unknown): value is Router {
  return typeof value === 'function' && 'stack' in value && Array.isArray(value.stack);
}

/** An application of Express: a function, too. */
export interface App {
  /** The application it is mounted on with `use`. */
  readonly parent?: App;
  /** The path it is mounted on. */
  readonly mountpath?: unknown;
  /** The router of Express 4, where reading `router` throws. */
  readonly _router?: unknown;
  readonly router?: unknown;
}

/** The router of an application; `undefined` while it has none, and of anything else. */
export function routerOf(app: App): Router | undefined {
  const router = '_router' in app ? app._router : app.router;
  return isRouter(router) ? router : undefined;
}

/** The router that a layer leads to: mounted itself, or as an application. */
export function innerRouter({ handle }: Layer): Router | undefined {
  if (isRouter(handle)) return handle;
  const isApp = typeof handle === 'function' && 'mountpath' in handle && 'handle' in handle;
  return isApp ? routerOf(handle as App) : undefined;
}

/**
 * Asks a layer whether it takes the beginning of a path. Older layers note the answer on themselves,
 * where the router reads it before anything else can run.
 */
export function matchLayer(layer: Layer, path: string): Match | undefined {
  const result = layer.match(path);
  if (!result) return undefined;
  const { path: taken, params } = result === true ? layer : result;
  return { taken: withoutEndingSlash(taken ?? ''), params: params ?? {} };
}

const noted = new WeakMap<Layer, string>();

/** Keeps the path of a layer as it was registered, for routers that do not. */
export function noteText(layer: Layer, path: unknown): void {
  noted.set(layer, mountText(path));
}

/** The path a layer is mounted on, as it was registered; `undefined` where that cannot be known. */
export function textOf(layer: Layer): string | undefined {
  let text = noted.get(layer);
  if (text === undefined) {
    if (layer.rawPath !== undefined) text = mountText(layer.rawPath);
    else if (layer.regexp !== undefined) text = mountText(sourceOf(layer.regexp, layer.keys ?? []));
    else return undefined;
    noted.set(layer, text);
  }
  return text;
}

/** How the path of a route or of a mount is written in a template: as registered, lists with a comma. */
export function pathText(path: unknown): string {
  return Array.isArray(path) ? path.flat(Number.POSITIVE_INFINITY).join(',') : String(path);
}

/** The same for the path of a mount, after which another path goes on. */
export function mountText(path: unknown): string {
  return withoutEndingSlash(pathText(path));
}

function withoutEndingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * The path that was compiled to this expression by Express 4, where only names of parameters were; else
 * the expression itself, which is as good a template: it is the same for all that match.
 */
function sourceOf(regexp: RegExp, keys: readonly { readonly name: string | number }[]): string | RegExp {
  const remaining = [...keys];
  const path = regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    .replaceAll(
      /\(\?:\\\/\(\[\^\/\]\+\?\)\)(\??)/g,
      (_, optional) => `\\/:${remaining.shift()?.name}${optional}`,
    )
    .replaceAll(/\\([/.])/g, '$1');
  return remaining.length === 0 && /^[\w/.:?~%@!,;=&-]*$/.test(path) ? path : regexp;
}

/**
 * A template for a layer whose registered path cannot be known, from a path that it took: parameters are
 * put back by name, which the layer itself confirms, and of the rest what looks like an identifier goes.
 */
export function reconstruct(layer: Layer, { taken, params }: Match): string {
  const places = Object.entries(params)
    .map(([name, value]) => ({ name, ...placeOf(layer, taken, name, value) }))
    .filter(({ from }) => from !== undefined)
    .sort((a, b) => a.from! - b.from!);
  // Where upper and lower case are the same to the layer, they are to the template.
  const ignoresCase = matchLayer(layer, taken.toLowerCase()) !== undefined;
  let template = '';
  let end = 0;
  for (const { name, from = 0, length = 0 } of [...places, { name: '', from: taken.length }]) {
    const fixed = taken.slice(end, from);
    template += (ignoresCase ? fixed.toLowerCase() : fixed) + (name && `:${name}`);
    end = from + length;
  }
  return template
    .split('/')
    .map((segment) => (segment.includes(':') ? segment : withoutIdentifiers(segment)))
    .join('/');
}

/** Where in a path the layer takes another text for the same parameter. */
function placeOf(
  layer: Layer,
  path: string,
  name: string,
  value: unknown,
): { readonly from?: number; readonly length?: number } {
  const plain = Array.isArray(value) ? value.join('/') : String(value);
  const probe = /^\d+$/.test(plain) ? '9090909' : 'pitotprobe';
  for (const text of [plain, encodeURIComponent(plain), encodeURI(plain)]) {
    for (let from = path.indexOf(text); text !== '' && from !== -1; from = path.indexOf(text, from + 1)) {
      const match = matchLayer(layer, path.slice(0, from) + probe + path.slice(from + text.length));
      if (String(match?.params[name]) === probe) return { from, length: text.length };
    }
  }
  return {};
}
