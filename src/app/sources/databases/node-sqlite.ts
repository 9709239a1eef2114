import { trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import {
  isObject,
  type Method,
  prototypeOf,
  replaceMethod,
  type Undo,
  undoAll,
} from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';
import { driverCode } from './driver.ts';
import type { NodeSqliteMethods } from './node-sqlite-methods.ts';

/**
 * SQLite by Node.js itself. The source wraps methods of databases and statements. Node.js 26 publishes statements on
 * the channel `sqlite.db.query`. pitot does not use it: it gives durations in whole milliseconds, reports no errors,
 * and makes SQLite write out every statement with its values.
 *
 * - An operation is one execution of a statement, or one `exec()`.
 * - A text that fails to prepare is a failed operation. `error.type` is SQLite's result code, such as `2067`.
 *
 * The source loads the module at the start, which takes about 0.3 ms. Before Node.js 24.15 loading it emits an
 * experimental warning. pitot withholds that warning until the application's first statement, which also loads what
 * measures.
 */
export const nodeSqlite: Source = {
  name: 'node-sqlite',
  packages: [],
  start() {
    trackManualMeasurements();
    const { sqlite, warnings } = loadSqlite();
    // `--no-experimental-sqlite` removes the module.
    return sqlite === undefined ? () => {} : hook(sqlite, warnings);
  },
};

/** Loads the module, and withholds the warnings that Node.js emits while loading. */
function loadSqlite(): { readonly sqlite: unknown; readonly warnings: unknown[][] } {
  const warnings: unknown[][] = [];
  const restore = replaceMethod(
    process,
    'emitWarning',
    () =>
      (...args) =>
        void warnings.push(args),
  );
  try {
    return { sqlite: process.getBuiltinModule('node:sqlite'), warnings };
  } finally {
    restore();
  }
}

function hook(sqlite: unknown, warnings: unknown[][]): Undo {
  if (!isObject(sqlite)) throw new TypeError('expected the module node:sqlite');
  const { DatabaseSync, StatementSync } = sqlite as {
    readonly DatabaseSync?: unknown;
    readonly StatementSync?: unknown;
  };
  const database = prototypeOf(DatabaseSync);
  const statement = prototypeOf(StatementSync);
  const undo: Undo[] = [];
  const load = atMostOnce(() => driverCode().hookNodeSqlite(statement, undo));
  const names = [
    'exec',
    'prepare',
    ...('createTagStore' in database ? (['createTagStore'] as const) : []),
  ] as const;
  for (const name of names) undo.push(replaceMethod(database, name, whenCalled(name, load)));
  if (warnings.length > 0) undo.push(...['exec', 'prepare'].map((name) => giving(warnings, database, name)));
  return undoAll(undo);
}

/** A replacement that is made when the method is first called: a process that never opens a database loads nothing. */
function whenCalled(
  name: keyof NodeSqliteMethods,
  load: () => NodeSqliteMethods | undefined,
): (original: Method) => Method {
  return (original) => {
    let measured: Method | undefined;
    return function (this: unknown, ...args) {
      measured ??= load()?.[name](original) ?? original;
      return Reflect.apply(measured, this, args);
    };
  };
}

function atMostOnce<Result>(work: () => Result): () => Result | undefined {
  let isDone = false;
  let result: Result | undefined;
  return () => {
    if (isDone) return result;
    isDone = true;
    try {
      result = work();
    } catch (error) {
      reportFailure('node-sqlite', error);
    }
    return result;
  };
}

/** Emits the warnings when the method is first called. */
function giving(warnings: unknown[][], database: object, name: string): Undo {
  return replaceMethod(database, name, (original) => {
    return function (this: unknown, ...args) {
      for (const warning of warnings.splice(0)) Reflect.apply(process.emitWarning, process, warning);
      return Reflect.apply(original, this, args);
    };
  });
}
