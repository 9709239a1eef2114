import { type OperationKind, operationKind } from './operation-kind.ts';
import { Recent } from './recent.ts';
import { type SqlStatement, sqlStatement } from './sql-statement.ts';
import { type SqlDialect, sqlTokens } from './sql-tokens.ts';

/** Characters of a statement that are looked at. */
const LONGEST = 2000;
/** Statements that are remembered: the last so many, and up to twice as many. */
const REMEMBERED = 250;
/** What the semantic conventions call a value that is not among the known ones. */
const OTHER = '_OTHER';
const NOTHING: SqlStatement = { operation: undefined, collection: undefined };

/** Tells the kind of an operation from the text of its statement, which goes nowhere else. */
export type SqlKinds = (sql: string) => OperationKind;

/**
 * Kinds of statements in this dialect. `SELECT name FROM users WHERE …` is `SELECT` on `users`: operations are in
 * capitals, collections as they are written.
 *
 * Several statements are a `BATCH`, of `BATCH INSERT` if all are. A statement nobody knows is `_OTHER`. There is
 * a collection only where it is certain that there is no other: the semantic conventions would rather have none
 * than a wrong one.
 */
export function sqlKinds(dialect: SqlDialect): SqlKinds {
  const recent = new Recent<string, OperationKind>(REMEMBERED);
  return (sql) => {
    if (sql.length > LONGEST) return kindOf(sql.slice(0, LONGEST), dialect, true);
    let kind = recent.get(sql);
    if (kind === undefined) {
      kind = kindOf(sql, dialect, false);
      recent.set(sql, kind);
    }
    return kind;
  };
}

function kindOf(sql: string, dialect: SqlDialect, isCut: boolean): OperationKind {
  const [first = NOTHING, ...others] = statementsOf(sqlTokens(sql, dialect)).map(sqlStatement);
  const areAll = (part: keyof SqlStatement) => others.every((other) => other[part] === first[part]);
  const name = first.operation ?? OTHER;
  const operation = others.length === 0 ? name : areAll('operation') ? `BATCH ${name}` : 'BATCH';
  // The rest of an `INSERT` is its values.
  const isCertain = areAll('collection') && (!isCut || operation === 'INSERT');
  return operationKind(operation, isCertain ? first.collection : undefined);
}

/** The tokens of each statement. One that defines a routine has statements of its own within. */
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
