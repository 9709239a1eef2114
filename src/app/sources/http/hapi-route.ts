import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The documented properties of hapi's request that pitot reads. (hapi 20 and 21, "Request properties") */
interface HapiRequest {
  readonly raw: { readonly req: object };
  readonly route: { readonly method: string; readonly path: string };
}

/** The method of the routes with which hapi itself answers, such as that for a path that no route matches. */
const INTERNAL = '_special';

/** Learns the routes of hapi, which makes all its requests with one function. */
export function watchHapi(): Undo {
  const undos: Undo[] = [];
  undos.push(whenLoaded('@hapi/hapi/lib/request.js', (loaded) => undos.push(watchRequests(loaded))));
  return undoAll(undos);
}

function watchRequests({ exports }: LoadedPackage): Undo {
  return replaceMethod(exports, 'generate', (original) => {
    return function generate(this: unknown, ...args) {
      const request = Reflect.apply(original, this, args);
      remember(request as HapiRequest);
      return request;
    };
  });
}

function remember(request: HapiRequest): void {
  const measured = measuredRequestOf(request.raw.req);
  if (measured === undefined) return;
  measured.framework = request;
  measured.readRoute = hapiRoute;
}

/** The template of the route, with its prefix; `undefined` if none matched. */
function hapiRoute(request: object): string | undefined {
  const { method, path } = (request as HapiRequest).route;
  return method === INTERNAL ? undefined : path;
}
