import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The documented property of restify's requests that pitot reads. (restify 8 to 12, "Server API", `getRoute`) */
interface RestifyRequest {
  readonly route?: { readonly path?: unknown };
}

/** Learns the routes of restify, whose router notes the route on the request when it has found one. */
export function watchRestify(): Undo {
  const undos: Undo[] = [];
  undos.push(whenLoaded('restify/lib/router.js', (loaded) => undos.push(watchRouters(loaded))));
  return undoAll(undos);
}

function watchRouters({ exports }: LoadedPackage): Undo {
  return replaceMethod(Reflect.get(Object(exports), 'prototype'), 'lookup', (original) => {
    return function lookup(this: unknown, ...args) {
      const handler = Reflect.apply(original, this, args);
      if (handler !== undefined) remember(Object(args[0]));
      return handler;
    };
  });
}

function remember(request: object): void {
  const measured = measuredRequestOf(request);
  const path = (request as RestifyRequest).route?.path;
  if (measured !== undefined && path !== undefined) measured.matched = String(path);
}
