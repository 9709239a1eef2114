import { withoutIdentifiers } from './path-template.ts';

/**
 * A router of Express: the package `router` 2 of Express 5, or the one inside Express 4. A layer is one registration:
 * of a route, or of a function that is mounted on a path.
 */
export interface Router {
  (...args: never[]): unknown;
  readonly stack: readonly Layer[];
}

export interface Route {
  readonly path: unknown;
  /** The layers of its handlers. */
  readonly stack?: readonly Layer[];
}

export interface Layer {
  readonly handle: unknown;
  readonly route?: Route | undefined;
  /** Matches a path, or the beginning of one. Before `router` 2.3 the result is `true`, and sets the next two. */
  match(path: string): boolean | { readonly path: string; readonly params: Params };
  readonly path?: string | undefined;
  readonly params?: Params | undefined;
  /** The path as it was registered. (`router` since 2.3) */
  readonly rawPath?: unknown;
  /** The compiled path, and its parameters. (Express 4) */
  readonly regexp?: RegExp;
  readonly keys?: readonly { readonly name: string | number }[];
}

type Params = Readonly<Record<string, unknown>>;

export interface Match {
  /** The part of the path that the layer takes, without a slash at its end. */
  readonly taken: string;
  readonly params: Params;
}

/** Other packages have functions with a `stack` too, but no layers that match paths. */
function isRouter(value: unknown): value is Router {
  if (typeof value !== 'function' || !('stack' in value) || !Array.isArray(value.stack)) return false;
  const [layer]: readonly unknown[] = value.stack;
  return layer === undefined || (typeof layer === 'object' && layer !== null && 'match' in layer);
}

/** An application of Express, which is a function too. */
export interface App {
  /** The application it is mounted on with `use`. */
  readonly parent?: App;
  /** The path it is mounted on. */
  readonly mountpath?: unknown;
  /** The router of Express 4, where reading `router` throws. */
  readonly _router?: unknown;
  readonly router?: unknown;
}

/** The router of an application of Express; `undefined` before its first route, and for anything else. */
export function routerOf(app: App): Router | undefined {
  const router = '_router' in app ? app._router : app.router;
  return isRouter(router) ? router : undefined;
}

/** The router that is mounted by a layer, itself or as an application. */
export function innerRouter({ handle }: Layer): Router | undefined {
  if (isRouter(handle)) return handle;
  const isApp = typeof handle === 'function' && 'mountpath' in handle && 'handle' in handle;
  return isApp ? routerOf(handle as App) : undefined;
}

/**
 * Matches the beginning of a path with a layer. Older layers note the result on themselves, which is harmless: their
 * router reads it before other code can run.
 */
export function matchLayer(layer: Layer, path: string): Match | undefined {
  const result = layer.match(path);
  if (!result) return undefined;
  const { path: taken, params } = result === true ? layer : result;
  return { taken: withoutEndingSlash(taken ?? ''), params: params ?? {} };
}

const noted = new WeakMap<Layer, string>();

/** Keeps the path that a layer was registered with, for routers that do not. */
export function noteText(layer: Layer, path: unknown): void {
  noted.set(layer, mountText(path));
}

/** The path that a layer was registered with; `undefined` if pitot does not know it. */
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

/** The path of a route or of a mount as a template: as registered, with lists joined by commas. */
export function pathText(path: unknown): string {
  return Array.isArray(path) ? path.flat(Number.POSITIVE_INFINITY).join(',') : String(path);
}

/** The same for a mount, which another path follows. */
export function mountText(path: unknown): string {
  return withoutEndingSlash(pathText(path));
}

function withoutEndingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * The path that Express 4 compiled to this expression, if its only special parts were parameters. Otherwise the
 * expression itself, which is the same for all requests that match, so it can serve as a template too.
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
 * Reconstructs the template of a layer whose registered path is not known, from a path that it matched. It puts back
 * each parameter by name, and the layer itself confirms its place. A segment that the layer also matches with another
 * text was not registered and becomes `*`, or a placeholder if it looks like an identifier.
 */
export function reconstruct(layer: Layer, { taken, params }: Match): string {
  const places = Object.entries(params)
    .map(([name, value]) => ({ name, ...placeOf(layer, taken, name, value) }))
    .filter(({ from }) => from !== undefined)
    .sort((a, b) => a.from! - b.from!);
  // If the layer ignores case, so does the template.
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
    .map((segment, i) => (segment.includes(':') ? segment : fixedText(layer, taken, i, segment)))
    .join('/');
}

function fixedText(layer: Layer, path: string, place: number, segment: string): string {
  if (segment === '') return segment;
  const probe = path.split('/').with(place, 'pitotprobe').join('/');
  return matchLayer(layer, probe)?.taken === probe ? '*' : withoutIdentifiers(segment);
}

/** The place in a path where the layer accepts another text for the same parameter. */
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
