import { safely } from '../../../base/safely.ts';
import { isMethod, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { hookedDriver } from './driver.ts';
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
 * SQLite by better-sqlite3, by the methods of its databases and statements; it publishes nothing, and there is no
 * official instrumentation.
 *
 * - An operation is one execution of a statement, and an `exec()`. A transaction is the `BEGIN`, the `COMMIT` and
 *   what is between.
 * - A text that cannot be prepared is an operation that failed. `error.type` is SQLite's code, as
 *   `SQLITE_CONSTRAINT_UNIQUE`.
 */
export const betterSqlite3 = hookedDriver({
  name: 'better-sqlite3',
  hook({ exports }) {
    const owner = prototypeOf(exports);
    const kinds = new WeakMap<object, OperationKind>();
    const kindOfStatement = (statement: object) => {
      let kind = kinds.get(statement);
      if (kind === undefined) {
        kind = sqliteKind(String(Reflect.get(statement, 'source')));
        kinds.set(statement, kind);
      }
      return kind;
    };
    const undo: Undo[] = [hookExecution(owner, 'exec', kindOfText)];
    // The class of statements is found by the first that there is.
    const prepare: unknown = Reflect.get(owner, 'prepare');
    let areHooked = false;
    const hookStatementsOf = (database: unknown) => {
      if (areHooked || !isMethod(prepare)) return;
      const statement = Reflect.apply(prepare, database, ['SELECT 1']);
      areHooked = true;
      undo.push(hookStatements(Object.getPrototypeOf(statement), kindOfStatement));
    };
    for (const name of ['prepare', 'transaction', 'pragma']) {
      undo.push(
        replaceMethod(owner, name, (original) => {
          return function (this: unknown, ...args) {
            safely('the statements of better-sqlite3', () => hookStatementsOf(this));
            return Reflect.apply(original, this, args);
          };
        }),
      );
    }
    undo.push(hookPreparation(owner, 'prepare'));
    return undoAll(undo);
  },
});
