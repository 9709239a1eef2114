import { safely } from '../../../base/safely.ts';
import { isObject, type Method, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import type { OperationKind } from './operation-kind.ts';
import { sqlKinds } from './sql.ts';
import { databaseTarget, type OperationSeries } from './target.ts';

/*
 * The common part of the drivers for SQLite. They are synchronous, and an operation is one execution of a statement.
 * A database has no server. It has no namespace either, because its file may be one of many.
 */

const WHAT = 'a statement of SQLite';
const target = databaseTarget({ system: 'sqlite' });

/** Kinds of SQLite's statements, by their text. */
export const sqliteKind = sqlKinds({ backslashEscapes: false });

/** The kind of operation of a call; undefined for a call that is not measured. */
type KindOfCall = (self: object, args: readonly unknown[]) => OperationKind | undefined;

/** The kind of a call whose first argument is the text of the statement. */
export const kindOfText: KindOfCall = (_self, [sql]) =>
  typeof sql === 'string' ? sqliteKind(sql) : undefined;

/** Measures a method that executes a statement, for `replaceMethod`. */
export function measuredExecution(
  kindOf: KindOfCall,
  rowsOf: (result: unknown) => number | undefined = none,
): (original: Method) => Method {
  return (original) =>
    function execute(this: unknown, ...args) {
      const series = begin(kindOf, this, args);
      if (series === undefined) return Reflect.apply(original, this, args);
      const startedAt = performance.now();
      let result: unknown;
      try {
        result = Reflect.apply(original, this, args);
      } catch (error) {
        series.fail(startedAt, error);
        throw error;
      }
      series.succeed(startedAt, rowsOf(result));
      return result;
    };
}

/** Counts failures of a method that prepares its first argument, a text, for later execution. */
export function measuredPreparation(original: Method): Method {
  return function prepare(this: unknown, ...args) {
    const startedAt = performance.now();
    try {
      return Reflect.apply(original, this, args);
    } catch (error) {
      begin(kindOfText, this, args)?.fail(startedAt, error);
      throw error;
    }
  };
}

/**
 * Measures the methods of statements. The time of `iterate` runs until its last row, and includes the application's
 * work between the rows. An iteration that never ends does not count.
 */
export function hookStatements(owner: object, kindOf: KindOfCall): Undo {
  const undo = [
    replaceMethod(owner, 'run', measuredExecution(kindOf)),
    replaceMethod(
      owner,
      'get',
      measuredExecution(kindOf, (row) => (row === undefined || row === null ? 0 : 1)),
    ),
    replaceMethod(
      owner,
      'all',
      measuredExecution(kindOf, (rows) => (Array.isArray(rows) ? rows.length : undefined)),
    ),
    replaceMethod(owner, 'iterate', (original) => {
      return function iterate(this: unknown, ...args) {
        const series = begin(kindOf, this, args);
        if (series === undefined) return Reflect.apply(original, this, args);
        const startedAt = performance.now();
        try {
          const rows = Reflect.apply(original, this, args);
          safely(WHAT, () => followRows(rows, series, startedAt));
          return rows;
        } catch (error) {
          series.fail(startedAt, error);
          throw error;
        }
      };
    }),
  ];
  return undoAll(undo);
}

function begin(kindOf: KindOfCall, self: unknown, args: readonly unknown[]): OperationSeries | undefined {
  return safely(WHAT, () => {
    const kind = isObject(self) ? kindOf(self, args) : undefined;
    return kind && target.begin(kind);
  });
}

function followRows(rows: unknown, series: OperationSeries, startedAt: number): void {
  let count = 0;
  let hasEnded = false;
  const end = (record: () => void) => {
    if (!hasEnded) record();
    hasEnded = true;
  };
  replaceMethod(rows, 'next', (original) => {
    return function next(this: unknown, ...args) {
      let step: unknown;
      try {
        step = Reflect.apply(original, this, args);
      } catch (error) {
        end(() => series.fail(startedAt, error));
        throw error;
      }
      if (isObject(step) && 'done' in step && step.done === true) end(() => series.succeed(startedAt, count));
      else count++;
      return step;
    };
  });
  replaceMethod(rows, 'return', (original) => {
    return function leave(this: unknown, ...args) {
      end(() => series.succeed(startedAt, count));
      return Reflect.apply(original, this, args);
    };
  });
}

function none(): undefined {
  return undefined;
}
