import { registerHooks } from 'node:module';
import { safely } from '../../../base/safely.ts';
import { noticeWorkByHand } from '../../instruments/by-hand.ts';
import { isObject, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
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

const NAME = 'node:sqlite';

/**
 * SQLite by Node.js itself, by the methods of its databases and statements. Node.js 26 publishes statements on the
 * channel `sqlite.db.query`, which is not used: their duration is told in whole milliseconds, errors are not told at
 * all, and a listener has SQLite write out every statement with its values.
 *
 * - An operation is one execution of a statement, and an `exec()`.
 * - A text that cannot be prepared is an operation that failed. `error.type` is SQLite's result code, as `2067`.
 *
 * The module is hooked when an `import` or `require` first asks for it, and not before: on Node.js before 24.15
 * loading it gives a warning. One that `process.getBuiltinModule` alone gives to the application is not measured.
 */
export const nodeSqlite: Source = {
  name: 'node-sqlite',
  packages: [],
  start() {
    noticeWorkByHand();
    let undo: Undo = () => {};
    const hooks = registerHooks({
      resolve(specifier, context, next) {
        if (specifier === NAME) {
          hooks.deregister();
          try {
            undo = hook(process.getBuiltinModule(NAME));
          } catch (error) {
            reportFailure('node-sqlite', error);
          }
        }
        return next(specifier, context);
      },
    });
    return () => {
      hooks.deregister();
      undo();
    };
  },
};

function hook(sqlite: unknown): Undo {
  // Node.js may have been started without it, which the application is about to be told.
  if (!isObject(sqlite)) return () => {};
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
  if ('createTagStore' in database) undo.push(hookTagStores(database));
  return undoAll(undo);
}

/** A statement writes its text anew whenever it is asked for it. */
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

/** Stores that take a statement as a template. Their class is found by the first that there is. */
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
