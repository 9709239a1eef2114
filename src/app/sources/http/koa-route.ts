import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The property where `@koa/router` and `koa-router` note the path of the route they run. */
const ROUTE = '_matchedRoute';
/** The property where `koa-mount` notes the prefix of the application it enters. */
const MOUNT = 'mountPath';

const MATCHED = Symbol('pitot.matchedRoute');
const MOUNTS = Symbol('pitot.mounts');

/** A prefix that `koa-mount` took off a path. */
interface Mount {
  readonly prefix: string;
  /** The path before, with the prefix. */
  readonly path: string;
}

/** The prototype of Koa's contexts. */
interface KoaContext {
  readonly req?: object;
  readonly path?: string;
  [MATCHED]?: unknown;
  [MOUNTS]?: Mount[];
}

/**
 * Learns the routes of Koa's router, and the prefixes of `koa-mount`. Both note them on the context: pitot gives the
 * two properties a setter, once, on the prototype of all contexts.
 */
export function watchKoa(): () => void {
  return whenLoaded('koa/lib/context.js', onLoaded);
}

function onLoaded({ exports }: LoadedPackage): void {
  if (typeof exports !== 'object' || exports === null || ROUTE in exports || MOUNT in exports) return;
  Object.defineProperties(exports, {
    [ROUTE]: {
      configurable: true,
      get(this: KoaContext) {
        return this[MATCHED];
      },
      set(this: KoaContext, path: unknown) {
        this[MATCHED] = path;
        const measured = this.req === undefined ? undefined : measuredRequestOf(this.req);
        if (measured !== undefined && path !== undefined) measured.matched = prefixOf(this) + String(path);
      },
    },
    [MOUNT]: {
      configurable: true,
      get(this: KoaContext) {
        return this[MOUNTS]?.at(-1)?.prefix;
      },
      // `koa-mount` sets the prefix before it takes it off the path.
      set(this: KoaContext, prefix: unknown) {
        const { path = '' } = this;
        this[MOUNTS] = [...mountsAround(this, path), { prefix: String(prefix), path }];
      },
    },
  });
}

/** The prefixes of the mounts that a request is in. They are registered texts, never parts of the path itself. */
function prefixOf(context: KoaContext): string {
  return mountsAround(context, context.path ?? '')
    .map(({ prefix }) => (prefix.endsWith('/') ? prefix.slice(0, -1) : prefix))
    .join('');
}

/** The mounts that a request is in while its path is this one. It has left the mounts after them. */
function mountsAround({ [MOUNTS]: mounts = [] }: KoaContext, path: string): readonly Mount[] {
  const last = mounts.findLastIndex((mount) => (mount.path.replace(mount.prefix, '') || '/') === path);
  return mounts.slice(0, last + 1);
}
