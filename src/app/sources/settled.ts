import { isThenable } from '../../base/is-thenable.ts';

/**
 * Tells how a promise settles, before the application hears of it. Returns a promise that settles in the same way, so
 * that Node.js still reports a rejection without a handler; undefined if it is given no promise. Packages may run in a
 * realm of their own, as under Jest, with another class of promises.
 */
export function whenSettled(
  promise: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (error: unknown) => void,
): PromiseLike<unknown> | undefined {
  if (!isThenable(promise)) return undefined;
  return promise.then(
    (value) => {
      fulfilled(value);
      return value;
    },
    (error) => {
      rejected(error);
      throw error;
    },
  );
}
