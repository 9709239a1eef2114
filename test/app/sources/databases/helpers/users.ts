import assert from 'node:assert/strict';

/** The common databases of both drivers of SQLite. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): { run(id: number, name: string): { readonly changes: number | bigint } };
}

/** Gives a new database a table of users: one operation, and one for each of them. */
export function withUsers<D extends Database>(database: D, count: number): D {
  database.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)');
  const insert = database.prepare('INSERT INTO users (id, name) VALUES (?, ?)');
  for (let id = 1; id <= count; id++) assert.equal(insert.run(id, `user ${id}`).changes, 1);
  return database;
}
