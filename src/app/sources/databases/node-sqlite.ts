import { safely } from '../../../base/safely.ts';
import { trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import { isObject, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import type { Source } from '../source.ts';
import type { OperationKind } from './operation-kind.ts';
import {
  hookExecution,
  hookPreparation,
  hookStatements,
  kindOfText,
  prototypeOf,
  sqliteKind,
} from './sqlite.ts';

/**
 * SQLite by Node.js itself. The source wraps methods of databases and statements. Node.js 26 publishes statements on
 * the channel `sqlite.db.query`. pitot does not use it: it gives durations in whole milliseconds, reports no errors,
 * and makes SQLite write out every statement with its values.
 *
 * - An operation is one execution of a statement, or one `exec()`.
 * - A text that fails to prepare is a failed operation. `error.type` is SQLite's result code, such as `2067`.
 *
 * The source loads the module at the start, which takes about 0.3 ms. Before Node.js 24.15 loading it emits an
 * experimental warning. pitot withholds that warning until the application's first statement.
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
  const undo = [
    hookExecution(database, 'exec', kindOfText),
    hookPreparation(database, 'prepare'),
    hookStatements(prototypeOf(StatementSync), kindOfStatement()),
  ];
  if (warnings.length > 0) undo.push(...['exec', 'prepare'].map((name) => giving(warnings, database, name)));
  if ('createTagStore' in database) undo.push(hookTagStores(database));
  return undoAll(undo);
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

/** Node.js builds a statement's text again at each read of `sourceSQL`, so pitot reads it once. */
function kindOfStatement(): (statement: object) => OperationKind {
  const kinds = new WeakMap<object, OperationKind>();
  return (statement) => {
    let kind = kinds.get(statement);
    if (kind === undefined) {
      kind = sqliteKind(String(Reflect.get(statement, 'sourceSQL')));
      kinds.set(statement, kind);
    }
    return kind;
  };
}

/** Stores that take a statement as a template. Only the first store reveals their class. */
function hookTagStores(database: object): Undo {
  const undo: Undo[] = [];
  let areHooked = false;
  undo.push(
    replaceMethod(database, 'createTagStore', (original) => {
      return function createTagStore(this: unknown, ...args) {
        const store = Reflect.apply(original, this, args);
        safely('the tag stores of node:sqlite', () => {
          if (areHooked || !isObject(store)) return;
          areHooked = true;
          undo.push(hookStatements(Object.getPrototypeOf(store), kindOfTemplate));
        });
        return store;
      };
    }),
  );
  return undoAll(undo);
}

function kindOfTemplate(_store: object, [template]: readonly unknown[]): OperationKind | undefined {
  return Array.isArray(template) ? sqliteKind(template.join('?')) : undefined;
}
