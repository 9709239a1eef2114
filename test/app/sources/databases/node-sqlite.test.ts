import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { nodeSqlite } from '../../../../src/app/sources/databases/node-sqlite.ts';
import { database } from '../../../../src/instruments.ts';
import { measure } from './helpers/measured.ts';
import { withUsers } from './helpers/users.ts';

const measured = measure(nodeSqlite);
const { DatabaseSync, StatementSync } = await import('node:sqlite');

const users = (count: number) => withUsers(new DatabaseSync(':memory:'), count);

afterEach(() => measured.counted());

test('each execution of a statement is an operation, and error.type is the code of SQLite', async () => {
  const db = users(7);
  const insert = db.prepare('INSERT INTO users (id, name) VALUES (?, ?)');
  assert.throws(() => insert.run(8, 'user 1'), { errcode: 2067 });
  assert.equal(db.prepare('SELECT * FROM users WHERE id < ?').all(4).length, 3);
  assert.deepEqual({ ...db.prepare('SELECT name FROM users WHERE id = 2').get() }, { name: 'user 2' });
  assert.equal(db.prepare('SELECT name FROM users WHERE id = 0').get(), undefined);
  assert.throws(() => db.prepare('SELECT * FROM nobody'), /no such table/);
  assert.throws(() => db.exec('DROP TABLE nobody'), /no such table/);
  await measured.expect([
    { operation: 'CREATE TABLE', collection: 'users', count: 1 },
    { operation: 'INSERT', collection: 'users', count: 7 },
    { operation: 'INSERT', collection: 'users', error: '2067', count: 1 },
    { operation: 'SELECT', collection: 'users', count: 3 },
    { operation: 'SELECT', collection: 'nobody', error: '1', count: 1 },
    { operation: 'DROP TABLE', collection: 'nobody', error: '1', count: 1 },
  ]);
  assert.deepEqual(await measured.statusCodes(), { 1: '1', 2067: '2067' });
  assert.deepEqual(await measured.common(), { 'db.system.name': 'sqlite' });
  assert.deepEqual(await measured.rows(), [{ operation: 'SELECT', count: 3, sum: 4 }]);
});

test('an iteration over rows is one operation, which ends after the last row or when the loop ends', async () => {
  const db = users(5);
  await measured.counted();
  const statement = db.prepare('SELECT id FROM users');
  assert.equal([...statement.iterate()].length, 5);
  for (const row of statement.iterate()) {
    if (row.id === 2) break;
  }
  const unfinished = statement.iterate();
  unfinished.next();
  await measured.expect([{ operation: 'SELECT', collection: 'users', count: 2 }]);
});

test('several statements at once are a batch', async () => {
  const db = users(0);
  await measured.counted();
  db.exec("INSERT INTO users (name) VALUES ('a'); INSERT INTO users (name) VALUES ('b');");
  db.exec("BEGIN; INSERT INTO users (name) VALUES ('c'); COMMIT");
  await measured.expect([
    { operation: 'BATCH INSERT', collection: 'users', count: 1 },
    { operation: 'BATCH', count: 1 },
  ]);
});

test('operations inside a manually measured one are not counted again', async () => {
  const db = users(3);
  await measured.counted();
  const all = () => db.prepare('SELECT * FROM users').all().length;
  const count = await database.operation(
    { system: 'sqlite', operation: 'report', collection: 'users' },
    async () => {
      const before = all();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return before + all();
    },
  );
  assert.equal(count, 6);
  assert.equal(database.operation({ system: 'redis', operation: 'GET' }, all), 3);
  await measured.expect([
    { operation: 'SELECT', collection: 'users', count: 1 },
    { operation: 'report', collection: 'users', count: 1 },
    { operation: 'GET', count: 1 },
  ]);
});

// Node.js 22 has none.
if ('createTagStore' in DatabaseSync.prototype) {
  test('templates of a tag store are operations', async () => {
    const db = users(3);
    await measured.counted();
    const sql = db.createTagStore();
    for (const id of [1, 2]) assert.equal(sql.get`SELECT id FROM users WHERE id = ${id}`?.id, id);
    assert.equal(sql.all`SELECT id FROM users`.length, 3);
    assert.throws(() => sql.get`SELECT id FROM nobody WHERE id = ${1}`, /no such table/);
    await measured.expect([
      { operation: 'SELECT', collection: 'users', count: 3 },
      { operation: 'SELECT', collection: 'nobody', error: '1', count: 1 },
    ]);
  });
}

test('a stopped source restores the methods of Node.js and counts nothing', async () => {
  measured.stop();
  assert.match(Function.prototype.toString.call(StatementSync.prototype.run), /\[native code\]/);
  assert.match(Function.prototype.toString.call(DatabaseSync.prototype.exec), /\[native code\]/);
  users(2);
  await measured.expect([]);
});
