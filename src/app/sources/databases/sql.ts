import { type OperationKind, operationKind } from './operation-kind.ts';
import { Recent } from './recent.ts';
import { type SqlStatement, sqlStatement } from './sql-statement.ts';
import { type SqlDialect, sqlTokens } from './sql-tokens.ts';

/** pitot reads at most this many characters of a statement. */
const MAX_LENGTH = 2000;
/** pitot remembers the kinds of at least this many statements, and of at most twice as many. */
const MIN_REMEMBERED = 250;
/** The semantic conventions' value for anything unknown. */
const OTHER = '_OTHER';
const EMPTY_STATEMENT: SqlStatement = { operation: undefined, collection: undefined };

/** Derives the kind of an operation from the text of its statement. The text itself is not recorded. */
export type SqlKinds = (sql: string) => OperationKind;

/**
 * Kinds of statements in this dialect. `SELECT name FROM users WHERE …` is `SELECT` on `users`: operations are in
 * capitals, collections keep their spelling.
 *
 * A text of several statements is a `BATCH`, or a `BATCH INSERT` if all are inserts. An unknown statement is `_OTHER`.
 * A statement has a collection only if it certainly has no other: the semantic conventions prefer no collection to a
 * wrong one.
 */
export function sqlKinds(dialect: SqlDialect): SqlKinds {
  const recent = new Recent<string, OperationKind>(MIN_REMEMBERED);
  return (sql) => {
    if (sql.length > MAX_LENGTH) return kindOf(sql.slice(0, MAX_LENGTH), dialect, true);
    let kind = recent.get(sql);
    if (kind === undefined) {
      kind = kindOf(sql, dialect, false);
      recent.set(sql, kind);
    }
    return kind;
  };
}

function kindOf(sql: string, dialect: SqlDialect, isCut: boolean): OperationKind {
  const [first = EMPTY_STATEMENT, ...others] = statementsOf(sqlTokens(sql, dialect)).map(sqlStatement);
  const areAll = (part: keyof SqlStatement) => others.every((other) => other[part] === first[part]);
  const name = first.operation ?? OTHER;
  const operation = others.length === 0 ? name : areAll('operation') ? `BATCH ${name}` : 'BATCH';
  // A cut `INSERT` loses only its values.
  const isCertain = areAll('collection') && (!isCut || operation === 'INSERT');
  return operationKind(operation, isCertain ? first.collection : undefined);
}

/** The tokens of each statement. A statement that defines a routine contains statements of its own. */
function statementsOf(tokens: readonly string[]): string[][] {
  const statements: string[][] = [];
  let statement: string[] = [];
  for (const token of tokens) {
    if (token === ';' && !isRoutine(statement)) {
      statement = [];
      continue;
    }
    if (statement.length === 0) statements.push(statement);
    statement.push(token);
  }
  return statements;
}

function isRoutine(statement: readonly string[]): boolean {
  return /^CREATE .*\b(?:EVENT|FUNCTION|PROCEDURE|TRIGGER)\b/i.test(statement.slice(0, 8).join(' '));
}
