import { safely } from '../../../base/safely.ts';
import {
  isMethod,
  isObject,
  type Method,
  replaceMethod,
  type Undo,
  undoAll,
} from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { operationKind } from './operation-kind.ts';
import { hookPools } from './pg-pool.ts';
import { sqlKinds } from './sql.ts';
import { databaseTarget, type OperationSeries, type Target } from './target.ts';

/**
 * PostgreSQL by pg. The source wraps the methods of its clients. It measures `pg.native` only where
 * NODE_PG_FORCE_NATIVE makes it the client. The official instrumentation has a metric of operations, but it builds
 * spans for each query even without a tracer, knows no collections, and adds up the connections of all pools.
 *
 * - An operation is one `query()`, whether the application or a library calls it. The time of a prepared statement, as
 *   by `{ name }`, includes its execution. A cursor's time ends when the cursor ends.
 * - A failed attempt to connect is an operation `CONNECT`, because the statement is not known at that point.
 * - `db.namespace` is the database that the connection was opened with, without the schema. `error.type` is the
 *   SQLSTATE. For an error that did not come from the server it is the error's code or class.
 */
export function hookPg({ exports }: { readonly exports: unknown }): Undo {
  if (!isObject(exports)) throw new TypeError('expected an object with a Client');
  const { Client, Pool } = exports as { readonly Client?: unknown; readonly Pool?: unknown };
  const client: unknown = isMethod(Client) ? Client.prototype : undefined;
  const undo = [
    replaceMethod(client, 'query', measuredQuery),
    replaceMethod(client, 'connect', measuredConnect),
    hookPools(Pool),
  ];
  return undoAll(undo);
}

const CONNECT = operationKind('CONNECT');
const kindOf = sqlKinds({ backslashEscapes: false });
const targets = new WeakMap<object, Target>();
/** Runs our callback, then the application's. pg itself keeps the callback in the object that it came in. */
const originals = new WeakMap<Method, Method>();

/** An operation that is under way. */
interface Begun {
  readonly series: OperationSeries;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number;
}

function measuredQuery(original: Method): Method {
  return function query(this: unknown, ...args) {
    const [config, values, last] = args;
    const begun = safely('a query of pg', () => begin(this, config));
    if (begun === undefined) return Reflect.apply(original, this, args);
    if (isObject(config) && 'submit' in config && isMethod(config.submit)) {
      safely('a query of pg', () => followSubmittable(config, begun));
      return Reflect.apply(original, this, args);
    }
    const callback = [last, values, isObject(config) ? Reflect.get(config, 'callback') : undefined].find(
      isMethod,
    );
    if (callback === undefined) return followedResult(Reflect.apply(original, this, args), begun);
    const followed = followedCallback(callback, begun);
    return Reflect.apply(original, this, [config, isMethod(values) ? undefined : values, followed]);
  };
}

function begin(client: unknown, config: unknown): Begun | undefined {
  const text = typeof config === 'string' ? config : isObject(config) ? textOf(config) : undefined;
  const series = text === undefined ? undefined : targetOf(client)?.begin(kindOf(text));
  return series && { series, startedAt: performance.now() };
}

/** The statement in a query object, or in a stream over a cursor. */
function textOf(config: object): string | undefined {
  if ('text' in config) return typeof config.text === 'string' ? config.text : undefined;
  return 'cursor' in config && isObject(config.cursor) ? textOf(config.cursor) : undefined;
}

function followedResult(result: unknown, { series, startedAt }: Begun): unknown {
  const settled = whenSettled(
    result,
    (value) => series.succeed(startedAt, rowsOf(value)),
    (error) => series.fail(startedAt, error),
  );
  return settled ?? result;
}

function followedCallback(callback: Method, { series, startedAt }: Begun): Method {
  const original = originals.get(callback) ?? callback;
  const followed: Method = function (this: unknown, ...args) {
    const [error, result] = args;
    if (error) series.fail(startedAt, error);
    else series.succeed(startedAt, rowsOf(result));
    return Reflect.apply(original, this, args);
  };
  originals.set(followed, original);
  return followed;
}

/** A query object, a cursor, or a stream over one. The client notifies it of its end. */
function followSubmittable(query: object, { series, startedAt }: Begun): void {
  let hasEnded = false;
  const end = (record: () => void) => {
    if (hasEnded) return;
    hasEnded = true;
    record();
    for (const one of undo) one();
  };
  const undo = [
    replaceMethod(query, 'handleReadyForQuery', (original) => {
      return function handleReadyForQuery(this: unknown, ...args) {
        end(() => series.succeed(startedAt));
        return Reflect.apply(original, this, args);
      };
    }),
    replaceMethod(query, 'handleError', (original) => {
      return function handleError(this: unknown, ...args) {
        end(() => series.fail(startedAt, args[0]));
        return Reflect.apply(original, this, args);
      };
    }),
  ];
}

/** The rows of a result that has columns. A statement that only changes rows returns none. */
function rowsOf(result: unknown): number | undefined {
  if (!isObject(result) || !('rows' in result) || !('fields' in result)) return undefined;
  const { rows, fields } = result;
  return Array.isArray(rows) && Array.isArray(fields) && fields.length > 0 ? rows.length : undefined;
}

function measuredConnect(original: Method): Method {
  return function connect(this: unknown, ...args) {
    const startedAt = performance.now();
    const failed = (error: unknown) => {
      safely('a connection of pg', () => targetOf(this)?.begin(CONNECT)?.fail(startedAt, error));
    };
    const [callback] = args;
    if (isMethod(callback)) {
      const followed: Method = function (this: unknown, ...results) {
        if (results[0]) failed(results[0]);
        return Reflect.apply(callback, this, results);
      };
      return Reflect.apply(original, this, [followed]);
    }
    const result: unknown = Reflect.apply(original, this, args);
    return whenSettled(result, () => {}, failed) ?? result;
  };
}

function targetOf(client: unknown): Target | undefined {
  if (!isObject(client)) return undefined;
  let target = targets.get(client);
  if (target === undefined) {
    target = databaseTarget({
      system: 'postgresql',
      namespace: Reflect.get(client, 'database'),
      address: Reflect.get(client, 'host'),
      port: Reflect.get(client, 'port'),
    });
    targets.set(client, target);
  }
  return target;
}
