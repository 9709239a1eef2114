import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type * as Mysql from 'mysql2';
import type { Pool, RowDataPacket } from 'mysql2/promise';
import { mysql2 as source } from '../../src/app/sources/databases/sources.ts';
import { database } from '../../src/instruments.ts';
import { failure, measure, require } from '../app/sources/databases/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { startMariadb } from '../harness/mariadb.ts';
import { skipWithout } from '../harness/programs.ts';

describe('mysql2 with a real MariaDB', { skip: skipWithout('mariadbd', 'mariadb-install-db') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const mysql: typeof Mysql = require('mysql2');
  let server: DatabaseServer;
  let pool: Pool;

  before(async () => {
    server = await startMariadb(lifetime);
    const options = { host: '127.0.0.1', port: server.port, user: 'root' };
    const admin = mysql.createConnection(options).promise();
    await admin.query('CREATE DATABASE shop');
    await admin.end();
    pool = mysql
      .createPool({ ...options, database: 'shop', connectionLimit: 3, multipleStatements: true })
      .promise();
    await pool.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await measured.counted();
  });
  after(() => pool.end());
  afterEach(() => measured.counted());

  test('queries are counted, whichever way they are asked, with their errors and rows', async () => {
    for (let id = 0; id < 20; id++)
      await pool.query('INSERT INTO users VALUES (?, ?)', [id, `it's user ${id}`]);
    await assert.rejects(pool.query('INSERT INTO users (id) VALUES (3)'), { code: 'ER_DUP_ENTRY' });
    await assert.rejects(pool.execute('SELECT * FROM nobody'), { code: 'ER_NO_SUCH_TABLE' });
    const [rows] = await pool.execute<RowDataPacket[]>('SELECT * FROM users WHERE id < ?', [5]);
    assert.equal(rows.length, 5);
    const plain = mysql.createConnection({
      host: '127.0.0.1',
      port: server.port,
      user: 'root',
      database: 'shop',
    });
    await new Promise<void>((resolve, reject) => {
      plain.query('SELECT name FROM users LIMIT 2', (error) => (error ? reject(error) : resolve()));
    });
    const streamed = [];
    for await (const row of plain.query('SELECT * FROM `users` LIMIT 4').stream()) streamed.push(row);
    assert.equal(streamed.length, 4);
    plain.end();
    await measured.expect([
      { operation: 'INSERT', collection: 'users', count: 20 },
      { operation: 'INSERT', collection: 'users', error: 'ER_DUP_ENTRY', count: 1 },
      { operation: 'SELECT', collection: 'nobody', error: 'ER_NO_SUCH_TABLE', count: 1 },
      { operation: 'SELECT', collection: 'users', count: 3 },
    ]);
    assert.deepEqual(await measured.statusCodes(), { ER_DUP_ENTRY: '1062', ER_NO_SUCH_TABLE: '1146' });
    assert.deepEqual(await measured.rows(), [{ operation: 'SELECT', count: 2, sum: 7 }]);
  });

  test('several statements are a batch, and a transaction is its statements', async () => {
    await pool.query("INSERT INTO users VALUES (50, 'a'); INSERT INTO users VALUES (51, 'b')");
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    await connection.query('UPDATE users SET name = ? WHERE id = 50', ['c']);
    await connection.rollback();
    connection.release();
    await measured.expect([
      { operation: 'BATCH INSERT', collection: 'users', count: 1 },
      { operation: 'START', count: 1 },
      { operation: 'UPDATE', collection: 'users', count: 1 },
      { operation: 'ROLLBACK', count: 1 },
    ]);
  });

  test('queries of an operation measured by hand are not counted, however full the pool is', async () => {
    const byHand = () =>
      database.operation({ system: 'mysql', operation: 'report' }, () => pool.query('SELECT SLEEP(0.01)'));
    const automatic = () => pool.query('SELECT SLEEP(0.01)');
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? byHand() : automatic())));
    await measured.expect([
      { operation: 'SELECT', count: 20 },
      { operation: 'report', count: 20 },
    ]);
  });

  test('a server that goes away is errors with their type, and then it is back', async () => {
    const cut = failure(pool.query('SELECT SLEEP(60)'));
    await server.kill();
    const lost = await cut;
    for (let i = 0; i < 3; i++)
      await assert.rejects(pool.query('SELECT * FROM users'), { code: 'ECONNREFUSED' });
    await server.start();
    for (let i = 0; i < 5; i++) await pool.query('SELECT * FROM users');
    await measured.expect([
      { operation: 'SELECT', collection: 'users', count: 5 },
      { operation: 'SELECT', error: lost, count: 1 },
      { operation: 'CONNECT', error: 'ECONNREFUSED', count: 3 },
    ]);
  });

  test('once it is stopped nothing is counted', async () => {
    measured.stop();
    await pool.query('SELECT * FROM users');
    await measured.expect([]);
  });
});
