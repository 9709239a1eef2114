import { safely } from '../../../base/safely.ts';
import type { LoadedPackage } from '../../patching/loading.ts';
import { isObject, type Method, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import type { Subscribers } from '../channel.ts';
import { whenSettled } from '../settled.ts';
import { recordingOf } from './channels.ts';
import { type Begun, begin, endThrown, endWith, WHAT } from './operations.ts';

/**
 * Operations that GraphQL.js executes, for whatever server: by its functions in version 16, which the source wraps, and
 * by its tracing channels from version 17 on. The official instrumentation has no metrics.
 *
 * - A query or a mutation is one execution. A subscription is one attempt to open its stream; the events of the stream
 *   are not operations.
 * - A result with errors has failed, also if it has data.
 */
export function hookGraphql({ exports, version }: LoadedPackage): Undo {
  if (Number.parseInt(version, 10) >= 17) return () => {};
  if (!isObject(exports)) throw new TypeError('expected functions that execute');
  if ('subscribe' in exports)
    return replaceMethod(
      exports,
      'subscribe',
      measured(() => true),
    );
  return undoAll(
    ['execute', 'executeSync'].map((name) => replaceMethod(exports, name, measured(isOneExecution))),
  );
}

export function graphqlSubscribers(channel: string): Subscribers {
  return recordingOf(channel === 'graphql:subscribe' ? () => true : isOneExecution);
}

/** Version 16 executes each event of a subscription. */
function isOneExecution(type: unknown): boolean {
  return type !== 'subscription';
}

function measured(isMeasured: (type: unknown) => boolean): (original: Method) => Method {
  return (original) =>
    function (this: unknown, ...args) {
      const begun = safely(WHAT, () => beginOf(args[0], isMeasured));
      if (begun === undefined) return Reflect.apply(original, this, args);
      let result: unknown;
      try {
        // Few frames of pitot's in the stack of an error that a resolver throws.
        result = Reflect.apply(original, this, args);
      } catch (error) {
        safely(WHAT, () => endThrown(begun, error));
        throw error;
      }
      const later = whenSettled(
        result,
        (value) => safely(WHAT, () => endWith(begun, value)),
        (error) => safely(WHAT, () => endThrown(begun, error)),
      );
      if (later === undefined) safely(WHAT, () => endWith(begun, result));
      return later ?? result;
    };
}

function beginOf(args: unknown, isMeasured: (type: unknown) => boolean): Begun | undefined {
  const { document, operationName } = (args ?? {}) as Arguments;
  const chosen = document?.definitions?.filter(
    ({ kind, name }) =>
      kind === 'OperationDefinition' && (operationName == null || name?.value === operationName),
  );
  const [operation, ...others] = chosen ?? [];
  const { operation: type, name } = others.length === 0 ? (operation ?? {}) : {};
  return isMeasured(type) ? begin(type, name?.value) : undefined;
}

interface Arguments {
  readonly document?: {
    readonly definitions?: readonly {
      readonly kind?: unknown;
      readonly operation?: unknown;
      readonly name?: { readonly value?: unknown };
    }[];
  };
  readonly operationName?: unknown;
}
