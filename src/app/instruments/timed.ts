import { isObject } from '../../base/is-object.ts';
import { warnOnce } from '../../base/safely.ts';

/** What both forms hand out: the thing that is timed, from the call until it is disposed of. */
export interface Measured extends Disposable {
  /**
   * Makes what is timed a failure. `error.type` becomes the first of these that there is: the error
   * itself if it is a string, its `code`, its `name`, the name of its class; never its message. Only the
   * first call counts. Without a call, what is timed counts as a success.
   */
  fail(error: unknown): void;
}

/** What the function form returns: what the callback returns, where a thenable becomes a promise. */
export type Returned<R> = R extends PromiseLike<infer V> ? Promise<V> : R;

/**
 * The two forms of everything that is timed.
 *
 * **`using` form**, without a callback: `using scope = thing(options)` is timed until the end of the
 * block. It counts as a success unless `scope.fail(error)` was called: JavaScript does not tell a scope
 * that its block is being left by an exception.
 *
 * **Function form**, with a callback: `thing(options, (scope) => …)` is timed until the callback has
 * returned or, if it is asynchronous, until its promise has settled. An error that the callback throws
 * or rejects with is a failure, and is passed on untouched. The callback's value is returned as it is. A
 * promise is followed by a promise that settles the same, so that a rejection nobody handles is still
 * reported as such; a thenable, such as a query builder, is awaited, once. Anything else that works on
 * after the callback returned, such as a stream, is timed until then only.
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
    scope[Symbol.dispose]();
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
      scope[Symbol.dispose]();
      return value;
    }, failed);
  }
  scope[Symbol.dispose]();
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (!isObject(value) && !isFunction(value)) return false;
  try {
    return 'then' in value && isFunction(value.then);
  } catch {
    return false;
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
