import { safely } from '../../../base/safely.ts';
import { noticeWorkByHand } from '../../instruments/by-hand.ts';
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
 * SQLite by Node.js itself, by the methods of its databases and statements. Node.js 26 publishes statements on the
 * channel `sqlite.db.query`, which pitot does not use: it gives durations in whole milliseconds, does not tell of
 * errors, and makes SQLite write out every statement with its values.
 *
 * - An operation is one execution of a statement, and an `exec()`.
 * - A text that cannot be prepared is an operation that failed. `error.type` is SQLite's result code, as `2067`.
 *
 * The source loads the module at the start, which takes about 0.3 ms. Before Node.js 24.15 loading it gives an
 * experimental warning; the application gets that with its first statement, and only if it has one.
 */
export const nodeSqlite: Source = {
  name: 'node-sqlite',
  packages: [],
  start() {
    noticeWorkByHand();
    const { sqlite, warnings } = loadSqlite();
    // Node.js was started without it (`--no-experimental-sqlite`).
    return sqlite === undefined ? () => {} : hook(sqlite, warnings);
  },
};

/** Loads the module, and withholds the warnings that Node.js gives for that. */
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

/** Gives the warnings when the method is first called. */
function giving(warnings: unknown[][], database: object, name: string): Undo {
  return replaceMethod(database, name, (original) => {
    return function (this: unknown, ...args) {
      for (const warning of warnings.splice(0)) Reflect.apply(process.emitWarning, process, warning);
      return Reflect.apply(original, this, args);
    };
  });
}

/** Node.js builds a statement's text anew for each read of `sourceSQL`, so it is read once. */
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

/** Stores that take a statement as a template. Their class is known only from the first store. */
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
