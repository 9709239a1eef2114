import { safely } from '../../../base/safely.ts';
import type { Subscribers } from '../channel.ts';
import { type Begun, begin, endThrown, endWith, WHAT } from './operations.ts';

/** GraphQL.js 17 publishes this for an operation. The first two are getters that look into the document. */
interface Message {
  readonly operationType?: unknown;
  readonly operationName?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Records the operations that GraphQL.js publishes on a tracing channel. */
export function recordingOf(isMeasured: (type: unknown) => boolean): Subscribers {
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
  return {
    start(message) {
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
}
