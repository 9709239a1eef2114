import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sqlKinds } from '../../../../src/app/sources/databases/sql.ts';

const standard = sqlKinds({ backslashEscapes: false });
const mysql = sqlKinds({ backslashEscapes: true });

/** The statement's operation, and its collection if it has one. */
function summary(sql: string, kinds = standard): string {
  const { operation, collection } = kinds(sql);
  return collection === undefined ? operation : `${operation} ${collection}`;
}

const EXAMPLES: readonly (readonly [sql: string, summary: string])[] = [
  ['SELECT * FROM users', 'SELECT users'],
  ['select a, b from public.users u where id = $1 order by a, b', 'SELECT public.users'],
  ['SELECT count(*) FROM "public"."users" LIMIT 1, 2', 'SELECT public.users'],
  ['(SELECT 1 FROM users)', 'SELECT users'],
  ['/* from a */ SELECT a -- from b\n FROM users', 'SELECT users'],
  ["SELECT 'it''s from x', $$ from y; $$, E'\\' from z' FROM users", 'SELECT users'],
  ['SELECT extract(year FROM born) FROM users', 'SELECT users'],
  ['SELECT a IS DISTINCT FROM b FROM users WHERE c IS DISTINCT FROM d FOR UPDATE', 'SELECT users'],
  ['SELECT 1', 'SELECT'],
  ['SELECT * FROM users, orders', 'SELECT'],
  ['SELECT * FROM users JOIN orders ON true', 'SELECT'],
  ['SELECT * FROM users WHERE id IN (SELECT owner FROM orders)', 'SELECT'],
  ['SELECT (SELECT max(id) FROM orders) FROM users', 'SELECT'],
  ['SELECT * FROM users UNION SELECT * FROM orders', 'SELECT'],
  ['SELECT * INTO copies FROM users', 'SELECT'],
  ['SELECT * FROM (SELECT 1) AS one', 'SELECT'],
  ['SELECT * FROM generate_series(1, 2)', 'SELECT'],
  ['SELECT * FROM "every user"', 'SELECT'],
  ['INSERT INTO users (a, b) VALUES (1, 2), (3, 4) ON CONFLICT DO UPDATE SET a = 1, b = 2', 'INSERT users'],
  ['INSERT OR REPLACE INTO users VALUES (1) RETURNING a, b', 'INSERT users'],
  ['INSERT INTO users SELECT * FROM orders', 'INSERT'],
  ['REPLACE INTO users VALUES (1)', 'REPLACE users'],
  ['UPDATE ONLY users SET a = 1, b = 2 WHERE c = 3', 'UPDATE users'],
  ['UPDATE users SET a = orders.a FROM orders', 'UPDATE'],
  ['UPDATE users, orders SET users.a = 1', 'UPDATE'],
  ['DELETE FROM users WHERE id = 1', 'DELETE users'],
  ['DELETE FROM users USING orders WHERE true', 'DELETE'],
  ['WITH old AS (SELECT 1) DELETE FROM users', 'DELETE'],
  ['COPY users (a, b) FROM STDIN', 'COPY users'],
  ['TRUNCATE TABLE users', 'TRUNCATE users'],
  ['TRUNCATE users, orders', 'TRUNCATE'],
  [
    'CREATE TABLE IF NOT EXISTS users (a int, b int REFERENCES orders) STRICT, WITHOUT ROWID',
    'CREATE TABLE users',
  ],
  ['CREATE TABLE users AS SELECT * FROM orders', 'CREATE TABLE'],
  ['ALTER TABLE users ADD a int, ADD b int', 'ALTER TABLE users'],
  ['DROP TABLE IF EXISTS users', 'DROP TABLE users'],
  ['CREATE UNIQUE INDEX i ON users (a)', 'CREATE INDEX'],
  ['CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; SELECT 2; END;', 'CREATE TRIGGER'],
  ['BEGIN', 'BEGIN'],
  ['EXPLAIN SELECT * FROM users', 'EXPLAIN'],
  ['insert into users values (1); insert into users values (2);', 'BATCH INSERT users'],
  ['insert into users values (1); insert into orders values (2)', 'BATCH INSERT'],
  ['BEGIN; INSERT INTO users VALUES (1); COMMIT', 'BATCH'],
  ['nonsense about users', '_OTHER'],
  ['', '_OTHER'],
];

for (const [sql, expected] of EXAMPLES) {
  test(`${JSON.stringify(sql)} is ${expected}`, () => assert.equal(summary(sql), expected));
}

test('a backslash keeps a text open in MySQL and nowhere else', () => {
  const sql = String.raw`SELECT '\' FROM users WHERE a = '`;
  assert.equal(summary(`${sql}'`), 'SELECT users');
  assert.equal(summary(`${sql} FROM orders`, mysql), 'SELECT orders');
});

test('a long statement has an operation, and a collection only if the part that was cut off is values', () => {
  const filler = 'x'.repeat(3000);
  assert.equal(summary(`INSERT INTO users VALUES ('; select ${filler}')`), 'INSERT users');
  assert.equal(
    summary(`SELECT * FROM users WHERE name = '${filler}' OR id IN (SELECT id FROM orders)`),
    'SELECT',
  );
});

test('no text causes an error, or puts a value of the statement into an operation', () => {
  const pieces = fc.constantFrom(
    ...[
      'SELECT',
      'FROM',
      'users',
      'INSERT INTO',
      '(',
      ')',
      ',',
      ';',
      "'",
      '"',
      '`',
      '$$',
      '$a$',
      '\\',
      '--',
      '/*',
      '*/',
      '.',
    ],
    ...['WITH', 'CREATE TABLE', 'TRIGGER', '\n', ' ', 'E', '42', 'é', '\u0000'],
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(standard, mysql), (sql, kinds) => {
      const { operation, collection } = kinds(sql);
      assert.match(operation, /^(?:_OTHER|[A-Z]+(?: [A-Z]+){0,2})$/);
      assert.match(collection ?? '_', /^[^\s'"(),;=]{1,128}$/);
      assert.equal(kinds(sql), kinds(sql));
    }),
    { numRuns: 2000 },
  );
});
