import { tracingChannel } from 'node:diagnostics_channel';
import { safely } from '../../../base/safely.ts';
import type { Undo } from '../../patching/replace-method.ts';
import { type Begun, begin, endThrown, endWith, WHAT } from './operations.ts';

/** What GraphQL.js 17 publishes of an operation. The first two are getters that look into the document. */
interface Message {
  readonly operationType?: unknown;
  readonly operationName?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Records the operations that GraphQL.js publishes on a tracing channel, until the returned function is called. */
export function followChannel(name: string, isMeasured: (type: unknown) => boolean): Undo {
  const begun = new WeakMap<object, Begun>();
  /** Runs at the end of a synchronous execution, and of the synchronous part of another, which has no result yet. */
  const end = (message: object) => {
    safely(WHAT, () => {
      const operation = begun.get(message);
      if (operation === undefined || !('result' in message || 'error' in message)) return;
      begun.delete(message);
      const { result, error } = message as Message;
      if ('error' in message) endThrown(operation, error);
      else endWith(operation, result);
    });
  };
  const subscribers = {
    start(message: object) {
      safely(WHAT, () => {
        const { operationType, operationName } = message as Message;
        if (isMeasured(operationType)) begun.set(message, begin(operationType, operationName));
      });
    },
    end,
    // Before the application has the result.
    asyncStart: end,
    asyncEnd() {},
    error() {},
  };
  const channel = tracingChannel<unknown, object>(name);
  channel.subscribe(subscribers);
  return () => void channel.unsubscribe(subscribers);
}
