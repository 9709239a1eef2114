/** Classes of an error that a Redis server replied with, in node-redis and ioredis. */
const REDIS_REPLIES: ReadonlySet<string> = new Set(['ReplyError', 'SimpleError', 'BlobError']);

/**
 * What tells the type of a database's error best: the code that the database replied with, where the driver
 * keeps it anywhere but in a `code` that is a string; the error itself otherwise. (Semantic conventions for
 * `error.type` of databases: it should be the response's status code.)
 *
 * - `node:sqlite` gives every error the same `code` and SQLite's own, the telling one, beside it.
 * - MongoDB's codes are numbers.
 * - A Redis server begins its message with one: `WRONGTYPE Operation against a key …`.
 */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_SQLITE_ERROR' && 'errcode' in error && typeof error.errcode === 'number') {
    return String(error.errcode);
  }
  if (typeof code === 'number' && error.name.startsWith('Mongo')) return String(code);
  if (REDIS_REPLIES.has(error.name) || REDIS_REPLIES.has(error.constructor.name)) {
    return /^[A-Z][A-Z0-9_]*(?= |$)/.exec(error.message)?.[0] ?? error;
  }
  return error;
}
