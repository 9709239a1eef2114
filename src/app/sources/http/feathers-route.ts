import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { isObject, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The result of a path's look-up. (Feathers 5, `@feathersjs/transport-commons`, `app.lookup`) */
interface Lookup {
  readonly service?: object;
  readonly params?: { readonly __id?: unknown };
}

/** The prototype of Koa's contexts, or a request of Express. */
interface LookedUp {
  readonly req?: object;
  lookup?: Lookup;
  [LOOKUP]?: Lookup;
}

const LOOKUP = Symbol('pitot.lookup');

/** The paths under which services are registered. */
const paths = new WeakMap<object, string>();
/** Without Feathers, which is most services, the request and its prototypes need not be searched. */
export let hasServices = false;

/**
 * Learns the services of Feathers on Koa and on Express. Feathers notes the service that a path leads to as `lookup` on
 * Koa's context or on the request of Express.
 */
export function watchFeathers(): Undo {
  const undos: Undo[] = [];
  const router = '@feathersjs/transport-commons/lib/routing/router.js';
  undos.push(whenLoaded(router, (loaded) => undos.push(watchRegistrations(loaded))));
  undos.push(
    whenLoaded('@feathersjs/koa', () => undos.push(whenLoaded('koa/lib/context.js', watchContexts))),
  );
  return undoAll(undos);
}

function watchRegistrations({ exports }: LoadedPackage): Undo {
  const { Router } = exports as { Router: { prototype: object } };
  return replaceMethod(Router.prototype, 'insert', (original) => {
    return function insert(this: unknown, ...args) {
      const [path, data] = args;
      const { service } = Object(data) as Lookup;
      // It is registered twice: by its path, and by that with `/:__id`.
      if (service !== undefined && !paths.has(service)) paths.set(service, `/${String(path)}`);
      hasServices = true;
      return Reflect.apply(original, this, args);
    };
  });
}

function watchContexts({ exports }: LoadedPackage): void {
  const contexts: object = Object(exports);
  if ('lookup' in contexts) return;
  Object.defineProperty(contexts, 'lookup', {
    configurable: true,
    get(this: LookedUp) {
      return this[LOOKUP];
    },
    set(this: LookedUp, lookup: Lookup) {
      this[LOOKUP] = lookup;
      const measured = this.req === undefined ? undefined : measuredRequestOf(this.req);
      if (measured !== undefined) measured.matched ??= templateOf(lookup);
    },
  });
}

/** The service of Feathers that answered a request of Express; `undefined` if none did. */
export function feathersRoute(request: object): string | undefined {
  const { lookup } = request as { lookup?: unknown };
  return isObject(lookup) ? templateOf(lookup) : undefined;
}

function templateOf({ service, params }: Lookup): string | undefined {
  const path = service === undefined ? undefined : paths.get(service);
  return path !== undefined && params?.__id !== undefined ? `${path}/:id` : path;
}
