/** The first words of statements with a name of one word. Any other first word is not recorded. */
const VERBS: ReadonlySet<string> = new Set(
  (
    'ABORT ANALYZE ATTACH BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY DEALLOCATE DECLARE DELETE DESC ' +
    'DESCRIBE DETACH DISCARD DO END EXECUTE EXPLAIN FETCH FLUSH GRANT HANDLER IMPORT INSERT KILL LISTEN LOAD LOCK ' +
    'MERGE MOVE NOTIFY OPTIMIZE PRAGMA PREPARE REASSIGN REFRESH REINDEX RELEASE RENAME REPAIR REPLACE RESET REVOKE ' +
    'ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UNLOCK UPDATE USE VACUUM VALUES XA'
  ).split(' '),
);

/** The name of these statements has a second word: the kind of object that they work on. */
const DEFINITIONS: ReadonlySet<string> = new Set(['ALTER', 'CREATE', 'DROP']);
const OBJECTS: ReadonlySet<string> = new Set(
  (
    'AGGREGATE CAST COLLATION DATABASE DOMAIN EVENT EXTENSION FUNCTION INDEX LANGUAGE OPERATOR POLICY PROCEDURE ' +
    'PUBLICATION ROLE RULE SCHEMA SEQUENCE SERVER STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE TRIGGER TYPE USER VIEW'
  ).split(' '),
);
/** Maximum number of words between the two, as in `CREATE OR REPLACE TEMPORARY VIEW`. */
const WORDS_BETWEEN = 4;

/** Words that may stand before the name of a table. */
const BEFORE_NAME: ReadonlySet<string> = new Set(
  'ABORT CONCURRENTLY DELAYED EXISTS FAIL HIGH_PRIORITY IF IGNORE LOW_PRIORITY NOT ONLY OR QUICK REPLACE ROLLBACK TABLE'.split(
    ' ',
  ),
);

/** Words that end the list of tables of a `SELECT` or an `UPDATE`. */
const AFTER_TABLES: ReadonlySet<string> = new Set(
  'FETCH FOR GROUP HAVING LIMIT OFFSET ORDER RETURNING SET WHERE WINDOW'.split(' '),
);

/** A statement with one of these words works on more than one table, or may do so. */
const MORE_TABLES: ReadonlySet<string> = new Set(
  'EXCEPT INTERSECT JOIN SELECT STRAIGHT_JOIN UNION USING'.split(' '),
);

/** These statements have a list of columns after the table's name. In others the parentheses make it a function. */
const WITH_COLUMNS: ReadonlySet<string> = new Set(['COPY', 'CREATE', 'INSERT', 'REPLACE']);
/** In these statements commas after the table's name separate tables. */
const WITH_TABLES: ReadonlySet<string> = new Set(['DELETE', 'DROP', 'SELECT', 'TRUNCATE', 'UPDATE']);

const NAME = /^(?:[A-Za-z_\u0080-\uffff]|["`])/;
/** Names that may become a label. Any other name is not recorded. */
const PLAIN_NAME = /^[^\s'"(),;=]{1,128}$/;

export interface SqlStatement {
  /** In capitals: `SELECT`, `CREATE TABLE`; undefined for an unknown statement. */
  readonly operation: string | undefined;
  /** The one table that the statement works on, as it is written; undefined unless that is certain. */
  readonly collection: string | undefined;
}

/**
 * The operation of a statement, and its table. A statement has a table if it names one and shows no sign of a
 * second, such as a comma, a join, or a statement within.
 *
 * @param tokens of one statement, by `sqlTokens`
 */
export function sqlStatement(tokens: readonly string[]): SqlStatement {
  const words = tokens.map((token) => token.toUpperCase());
  const start = words.findIndex((word) => word !== '(');
  const verb = words[start];
  if (verb === undefined) return { operation: undefined, collection: undefined };
  if (verb === 'WITH') return { operation: verbAfterWith(words, start), collection: undefined };
  if (DEFINITIONS.has(verb)) {
    const object = words.slice(start + 1, start + 2 + WORDS_BETWEEN).find((word) => OBJECTS.has(word));
    const operation = object === undefined ? verb : `${verb} ${object}`;
    if (object !== 'TABLE') return { operation, collection: undefined };
    return { operation, collection: tableOf(verb, tokens, words, words.indexOf(object) + 1) };
  }
  if (!VERBS.has(verb)) return { operation: undefined, collection: undefined };
  const at = placeOfTable(verb, words, start);
  return { operation: verb, collection: at === undefined ? undefined : tableOf(verb, tokens, words, at) };
}

/** The place of the table's name in a statement that has one. */
function placeOfTable(verb: string, words: readonly string[], start: number): number | undefined {
  switch (verb) {
    case 'SELECT': {
      const from = atTopLevel(words, start, 'FROM');
      // `SELECT … INTO` creates a second table, or sets variables.
      const isPlain =
        from !== undefined &&
        !words.slice(start + 1, from).some((word) => word === 'SELECT' || word === 'INTO');
      return isPlain ? from + 1 : undefined;
    }
    case 'DELETE': {
      const from = words.slice(start + 1, start + 4).indexOf('FROM');
      return from < 0 ? undefined : start + from + 2;
    }
    case 'INSERT':
    case 'REPLACE': {
      const into = words.slice(start + 1, start + 4).indexOf('INTO');
      return into < 0 ? start + 1 : start + into + 2;
    }
    case 'UPDATE':
    case 'TRUNCATE':
    case 'COPY':
      return start + 1;
    default:
      return undefined;
  }
}

/** The table's name, unless the statement shows a sign of another table. */
function tableOf(
  verb: string,
  tokens: readonly string[],
  words: readonly string[],
  from: number,
): string | undefined {
  let at = from;
  while (BEFORE_NAME.has(words[at] ?? '')) at++;
  const parts: string[] = [];
  for (;;) {
    const token = tokens[at];
    if (token === undefined || !NAME.test(token)) return undefined;
    parts.push(unquoted(token));
    if (tokens[at + 1] !== '.') break;
    at += 2;
  }
  if (tokens[at + 1] === '(' && !WITH_COLUMNS.has(verb)) return undefined;
  const name = parts.join('.');
  return hasMoreTables(verb, words, at + 1) || !PLAIN_NAME.test(name) ? undefined : name;
}

/** @param from the token after the table's name */
function hasMoreTables(verb: string, words: readonly string[], from: number): boolean {
  let depth = 0;
  let isAmongTables = WITH_TABLES.has(verb);
  for (let at = from; at < words.length; at++) {
    const word = words[at] ?? '';
    if (MORE_TABLES.has(word)) return true;
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth > 0) continue;
    else if (word === ',' && isAmongTables) return true;
    // `COPY users FROM` names the origin of the rows, and `IS DISTINCT FROM` compares.
    else if (word === 'FROM' && verb !== 'COPY' && words[at - 1] !== 'DISTINCT') return true;
    else if (AFTER_TABLES.has(word)) isAmongTables = false;
  }
  return false;
}

/** The operation of the statement after the named queries. */
function verbAfterWith(words: readonly string[], start: number): string {
  let depth = 0;
  for (const word of words.slice(start + 1)) {
    if (word === '(') depth++;
    else if (word === ')') depth--;
    else if (depth === 0 && VERBS.has(word)) return word;
  }
  return 'WITH';
}

/** The first place of the word outside of parentheses. */
function atTopLevel(words: readonly string[], start: number, sought: string): number | undefined {
  let depth = 0;
  for (let at = start; at < words.length; at++) {
    if (words[at] === '(') depth++;
    else if (words[at] === ')') depth--;
    else if (depth === 0 && words[at] === sought && words[at - 1] !== 'DISTINCT') return at;
  }
  return undefined;
}

function unquoted(name: string): string {
  const quote = name.charAt(0);
  if (quote !== '"' && quote !== '`') return name;
  return name.slice(1, -1).replaceAll(quote + quote, quote);
}
