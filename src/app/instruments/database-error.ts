/** Classes of an error that a Redis server replied with, in node-redis and ioredis. */
const REDIS_REPLIES: ReadonlySet<string> = new Set(['ReplyError', 'SimpleError', 'BlobError']);

/** A SQLSTATE: two characters of class and three of subclass (PostgreSQL, "PostgreSQL Error Codes"). */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * The value to take `error.type` from: the code that the database replied with, else the error itself. (Semantic
 * conventions for databases: `error.type` should match `db.response.status_code`.) For MySQL it is the error, whose
 * `code` is the name of the number: `ER_NO_SUCH_TABLE`.
 */
export function databaseError(error: unknown): unknown {
  return repliedCode(error) ?? error;
}

/**
 * The value of `db.response.status_code`: the code that the database replied with, as text. It is undefined for an
 * error without one, such as a lost connection. (Semantic conventions, docs/db: SQLSTATE for PostgreSQL, the error
 * number for MySQL, the error code for MongoDB, the prefix of the error message for Redis.)
 */
export function databaseStatusCode(error: unknown): string | undefined {
  return repliedCode(error) ?? mysqlNumber(error);
}

/**
 * - `node:sqlite` gives every error the same `code`, and SQLite's result code as `errcode`. better-sqlite3 has the
 *   name of that as the `code`.
 * - MongoDB's codes are numbers.
 * - A Redis server begins its message with the code: `WRONGTYPE Operation against a key …`.
 * - An error that a PostgreSQL server sent has a `severity`. A socket's `EPIPE` looks like a SQLSTATE.
 */
function repliedCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_SQLITE_ERROR' && 'errcode' in error && typeof error.errcode === 'number') {
    return String(error.errcode);
  }
  if (typeof code === 'number' && error.name.startsWith('Mongo')) return String(code);
  if (typeof code === 'string' && 'severity' in error && SQLSTATE.test(code)) return code;
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code;
  if (REDIS_REPLIES.has(error.name) || REDIS_REPLIES.has(error.constructor.name)) {
    return /^[A-Z][A-Z0-9_]*(?= |$)/.exec(error.message)?.[0];
  }
  return undefined;
}

/** An error that a MySQL server sent has a `sqlState`. A system error has an `errno` too, but not of the database. */
function mysqlNumber(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('sqlState' in error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? String(error.errno) : undefined;
}
