import { isObject } from '../../base/is-object.ts';
import { isThenable } from '../../base/is-thenable.ts';
import { warnOnce } from '../../base/safely.ts';

/** Something that is being timed, from the call until its end. */
export interface Measured extends Disposable {
  /**
   * Makes the measured operation a failure; without a call it is a success. `error.type` becomes the first of these: the
   * error itself if it is a string, its `code`, its `name`, the name of its class; never its message. Only the first
   * call counts.
   */
  fail(error: unknown): void;
  /** Ends the measurement and records it. Further calls do nothing. `using` calls it at the end of the block. */
  end(): void;
}

/** The result of the function form: the callback's own result, where a thenable becomes a promise. */
export type Returned<R> = R extends PromiseLike<infer V> ? Promise<V> : R;

/**
 * The two forms of everything that is timed.
 *
 * **Function form**, with a callback: times until the callback has returned or, if it is asynchronous,
 * until its promise has settled. An error that the callback throws or rejects with is a failure, and
 * passes through untouched. The callback's value is returned as it is. A promise is followed by a promise
 * that settles the same, so that an unhandled rejection is still reported; a thenable, such as a query
 * builder, is awaited, once. Anything else that continues after the callback has returned, such as a
 * stream, is timed until then only.
 *
 * ```ts
 * await thing(options, async (scope) => { … });
 * ```
 *
 * **Scope form**, without a callback: times until `scope.end()`. It counts as a success unless
 * `scope.fail(error)` was called, because JavaScript does not tell a scope that an exception left its block.
 *
 * ```ts
 * const scope = thing(options);   // every Node.js
 * try { … } finally { scope.end(); }
 *
 * using scope = thing(options);   // Node.js 24, or a compiler: ends with the block
 * ```
 *
 * Neither form throws an error of its own.
 */
export interface Timed<Options, Scope extends Measured> {
  (options: Options): Scope;
  <R>(options: Options, callback: (scope: Scope) => R): Returned<R>;
}

/**
 * Makes the two forms of `what`; `start` must not throw, whatever the options hold.
 *
 * @param within runs the callback of the function form, and returns or throws what that does
 */
export function timed<Options, Scope extends Measured>(
  what: string,
  start: (options: Partial<Options>) => Scope,
  within: (options: Partial<Options>, callback: () => unknown) => unknown = (_options, callback) =>
    callback(),
): Timed<Options, Scope> {
  function form(options: Options): Scope;
  function form<R>(options: Options, callback: (scope: Scope) => R): Returned<R>;
  function form(options: unknown, callback?: unknown): unknown {
    if (isFunction(options) && callback === undefined) {
      warnOnce(
        `${what} options`,
        `${what} was given a callback and no options; the callback runs all the same.`,
      );
      const scope = start({});
      return follow(scope, () => options(scope));
    }
    if (callback !== undefined && !isFunction(callback)) {
      warnOnce(
        `${what} callback`,
        `${what} was given a ${typeof callback} for a callback; nothing is measured.`,
      );
      return undefined;
    }
    const given: Partial<Options> = isObject(options) ? options : {};
    const scope = start(given);
    return callback === undefined ? scope : follow(scope, () => within(given, () => callback(scope)));
  }
  return form;
}

/** Runs the callback and ends the scope when it is done. */
function follow(scope: Measured, callback: () => unknown): unknown {
  const failed = (error: unknown): never => {
    scope.fail(error);
    scope.end();
    throw error;
  };
  let result: unknown;
  try {
    result = callback();
  } catch (error) {
    return failed(error);
  }
  if (isThenable(result)) {
    return Promise.resolve(result).then((value) => {
      scope.end();
      return value;
    }, failed);
  }
  scope.end();
  return result;
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
