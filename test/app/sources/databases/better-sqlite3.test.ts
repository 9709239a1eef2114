import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type Sqlite from 'better-sqlite3';
import { betterSqlite3 } from '../../../../src/app/sources/databases/sources.ts';
import { measure, require } from './helpers/measured.ts';
import { withUsers } from './helpers/users.ts';

const measured = measure(betterSqlite3);
const Database: typeof Sqlite = require('better-sqlite3');

const users = (count: number) => withUsers(new Database(':memory:'), count);

afterEach(() => measured.counted());

test('each execution of a statement is an operation, and error.type is the code of SQLite', async () => {
  const db = users(7);
  const insert = db.prepare('INSERT INTO users (id, name) VALUES (?, ?)');
  assert.throws(() => insert.run(8, 'user 1'), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  assert.equal(db.prepare('SELECT * FROM users WHERE id < ?').all(4).length, 3);
  assert.equal(db.prepare('SELECT name FROM users WHERE id = 2').pluck().get(), 'user 2');
  assert.equal(db.prepare('SELECT name FROM users WHERE id = 0').get(), undefined);
  assert.throws(() => db.prepare('SELECT * FROM nobody'), /no such table/);
  await measured.expect([
    { operation: 'CREATE TABLE', collection: 'users', count: 1 },
    { operation: 'INSERT', collection: 'users', count: 7 },
    { operation: 'INSERT', collection: 'users', error: 'SQLITE_CONSTRAINT_UNIQUE', count: 1 },
    { operation: 'SELECT', collection: 'users', count: 3 },
    { operation: 'SELECT', collection: 'nobody', error: 'SQLITE_ERROR', count: 1 },
  ]);
  assert.deepEqual(await measured.statusCodes(), {
    SQLITE_CONSTRAINT_UNIQUE: 'SQLITE_CONSTRAINT_UNIQUE',
    SQLITE_ERROR: 'SQLITE_ERROR',
  });
  assert.deepEqual(await measured.common(), { 'db.system.name': 'sqlite' });
  assert.deepEqual(await measured.rows(), [{ operation: 'SELECT', count: 3, sum: 4 }]);
});

test('an iteration over rows is one operation, which ends after the last row or when the loop ends', async () => {
  const db = users(5);
  await measured.counted();
  const statement = db.prepare<[], { id: number }>('SELECT id FROM users');
  assert.equal([...statement.iterate()].length, 5);
  for (const row of statement.iterate()) {
    if (row.id === 2) break;
  }
  await measured.expect([{ operation: 'SELECT', collection: 'users', count: 2 }]);
});

test('a transaction is its statements, and a pragma is an operation', async () => {
  const db = users(0);
  await measured.counted();
  const insert = db.prepare('INSERT INTO users (name) VALUES (?)');
  const insertAll = db.transaction((names: readonly string[]) => {
    for (const name of names) insert.run(name);
  });
  insertAll(['a', 'b', 'c']);
  assert.throws(() => insertAll(['d', 'a']), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  assert.equal(db.pragma('user_version', { simple: true }), 0);
  await measured.expect([
    { operation: 'INSERT', collection: 'users', count: 4 },
    { operation: 'INSERT', collection: 'users', error: 'SQLITE_CONSTRAINT_UNIQUE', count: 1 },
    { operation: 'BEGIN', count: 2 },
    { operation: 'COMMIT', count: 1 },
    { operation: 'ROLLBACK', count: 1 },
    { operation: 'PRAGMA', count: 1 },
  ]);
});

test('the first operation on a database may be a transaction', async () => {
  measured.stop();
  const again = measure(betterSqlite3);
  // A second copy of the driver, whose class of statements is still unknown.
  delete require.cache[require.resolve('better-sqlite3')];
  const Second: typeof Sqlite = require('better-sqlite3');
  new Second(':memory:').transaction(() => {})();
  await again.expect([
    { operation: 'BEGIN', count: 1 },
    { operation: 'COMMIT', count: 1 },
  ]);
  again.stop();
});

test('a stopped source counts nothing', async () => {
  users(2);
  await measured.expect([]);
});
