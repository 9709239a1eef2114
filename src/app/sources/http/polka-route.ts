import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import { isMethod, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measuredRequestOf } from './measured-request.ts';

/** A request in a handler of Polka. (Polka 0.5, README, "Handlers") */
interface PolkaRequest {
  readonly originalUrl?: string;
  /** Without the bases of the applications that it has been passed to. */
  readonly url?: string;
}

/**
 * Learns the routes of Polka. Its router keeps no trace of what matched, so each route gets one more handler, before
 * its own.
 */
export function watchPolka(): Undo {
  const undos: Undo[] = [];
  undos.push(whenLoaded('polka', (loaded) => undos.push(watchApplications(loaded))));
  return undoAll(undos);
}

function watchApplications({ exports }: LoadedPackage): Undo {
  if (!isMethod(exports)) throw new TypeError('polka is not a function');
  // The class is not exported. An application that is not used is only an object.
  const prototype: unknown = Object.getPrototypeOf(exports());
  /** The bases of every `use('/base', …)` in all applications. */
  const bases = new Set<string>();
  return undoAll([
    replaceMethod(prototype, 'use', (original) => {
      return function use(this: unknown, ...args) {
        const [base] = args;
        if (typeof base === 'string') bases.add(base.startsWith('/') ? base : `/${base}`);
        return Reflect.apply(original, this, args);
      };
    }),
    replaceMethod(prototype, 'add', (original) => {
      return function add(this: unknown, method, pattern, ...handlers) {
        const remember = (request: object, _: unknown, next: () => void) => {
          const measured = measuredRequestOf(request);
          if (measured !== undefined) measured.matched = baseOf(request, bases) + slashed(pattern);
          next();
        };
        return Reflect.apply(original, this, [method, pattern, remember, ...handlers]);
      };
    }),
  ]);
}

/** The registered bases that Polka has taken off the URL of a request; '' if anything else was taken off. */
function baseOf({ originalUrl = '', url = '' }: PolkaRequest, bases: ReadonlySet<string>): string {
  const end =
    url === '/' && !originalUrl.endsWith('/') ? originalUrl.length : originalUrl.length - url.length;
  const base = originalUrl.slice(0, end);
  return base.split(/(?=\/)/).every((part) => bases.has(part)) ? base : '';
}

function slashed(pattern: unknown): string {
  const text = String(pattern);
  return text.startsWith('/') ? text : `/${text}`;
}
