import { safely } from '../../../base/safely.ts';
import { isMethod, prototypeOf, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import type { OperationKind } from './operation-kind.ts';
import { hookStatements, kindOfText, measuredExecution, measuredPreparation, sqliteKind } from './sqlite.ts';

/**
 * SQLite by better-sqlite3. The source wraps methods of databases and statements, because better-sqlite3 publishes
 * nothing and has no official instrumentation.
 *
 * - An operation is one execution of a statement, or one `exec()`. A transaction is its `BEGIN`, its `COMMIT` and
 *   the statements between them.
 * - A text that fails to prepare is a failed operation. `error.type` is SQLite's code, such as
 *   `SQLITE_CONSTRAINT_UNIQUE`.
 */
export function hookBetterSqlite3({ exports }: { readonly exports: unknown }): Undo {
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
  const undo: Undo[] = [replaceMethod(owner, 'exec', measuredExecution(kindOfText))];
  // The first statement leads to the class of all statements.
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
  undo.push(replaceMethod(owner, 'prepare', measuredPreparation));
  return undoAll(undo);
}
