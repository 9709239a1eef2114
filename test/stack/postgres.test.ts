import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type Pg from 'pg';
import { pg as source } from '../../src/app/sources/databases/sources.ts';
import { database } from '../../src/instruments.ts';
import { failure, measure, require } from '../app/sources/databases/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { startPostgres } from '../harness/postgres.ts';
import { skipWithout } from '../harness/programs.ts';
import { startForgotten } from './helpers/forgotten.ts';

describe('pg with a real PostgreSQL', { skip: skipWithout('postgres', 'initdb') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const pg: typeof Pg = require('pg');
  let server: DatabaseServer;
  let pool: Pg.Pool;

  before(async () => {
    server = await startPostgres(lifetime);
    pool = new pg.Pool({
      host: '127.0.0.1',
      port: server.port,
      user: 'postgres',
      database: 'postgres',
      max: 3,
    });
    // A server that goes away takes the idle connections with it, which is told here.
    pool.on('error', () => {});
    await pool.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await measured.counted();
  });
  after(() => pool.end());
  afterEach(() => measured.counted());

  test('queries are counted, whichever way they are asked, with their errors and rows', async () => {
    for (let id = 0; id < 20; id++) {
      await pool.query('INSERT INTO users (id, name) VALUES ($1, $2)', [id, `user ${id}`]);
    }
    await assert.rejects(pool.query('INSERT INTO users (id) VALUES (3)'), { code: '23505' });
    await assert.rejects(pool.query('SELECT * FROM nobody'), { code: '42P01' });
    const client = await pool.connect();
    assert.equal(
      (await client.query({ text: 'SELECT * FROM users WHERE id < $1', values: [5] })).rows.length,
      5,
    );
    const named = { name: 'by-id', text: 'SELECT name FROM users WHERE id = $1' };
    for (const id of [1, 2, 100]) await client.query({ ...named, values: [id] });
    client.release();
    const result = await new Promise<Pg.QueryResult>((resolve, reject) => {
      pool.query('SELECT 1 AS one', (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    assert.deepEqual(result.rows, [{ one: 1 }]);
    await measured.expect([
      { operation: 'INSERT', collection: 'users', count: 20 },
      { operation: 'INSERT', collection: 'users', error: '23505', count: 1 },
      { operation: 'SELECT', collection: 'nobody', error: '42P01', count: 1 },
      { operation: 'SELECT', collection: 'users', count: 4 },
      { operation: 'SELECT', count: 1 },
    ]);
    assert.deepEqual(await measured.statusCodes(), { 23505: '23505', '42P01': '42P01' });
    assert.deepEqual(await measured.common(), {
      'db.system.name': 'postgresql',
      'db.namespace': 'postgres',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    });
    assert.deepEqual(await measured.rows(), [
      { operation: 'SELECT', count: 4, sum: 7 },
      { operation: 'SELECT', count: 1, sum: 1 },
    ]);
  });

  test('a configuration that is used again counts once for each use', async () => {
    const client = await pool.connect();
    let answers = 0;
    const config = { text: 'SELECT count(*) FROM users' };
    for (const [i] of [1, 2, 3].entries()) {
      await new Promise<void>((resolve) => {
        client.query(config, () => {
          answers++;
          assert.equal(answers, i + 1);
          resolve();
        });
      });
    }
    client.release();
    await measured.expect([{ operation: 'SELECT', collection: 'users', count: 3 }]);
  });

  test('a query object is counted when it has ended', async () => {
    const client = await pool.connect();
    const rows: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      const query = client.query(new pg.Query('SELECT * FROM users WHERE id < 3'));
      query.on('row', (row) => rows.push(row));
      query.on('end', () => resolve());
      query.on('error', reject);
    });
    await new Promise<void>((resolve) => {
      client.query(new pg.Query('SELECT * FROM nobody')).on('error', () => resolve());
    });
    client.release();
    assert.equal(rows.length, 3);
    await measured.expect([
      { operation: 'SELECT', collection: 'nobody', error: '42P01', count: 1 },
      { operation: 'SELECT', collection: 'users', count: 1 },
    ]);
  });

  test('several statements are a batch, and a transaction is its statements', async () => {
    await pool.query("INSERT INTO users VALUES (50, 'a'); INSERT INTO users VALUES (51, 'b')");
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('UPDATE users SET name = $1 WHERE id = 50', ['c']);
    await client.query('ROLLBACK');
    client.release();
    await measured.expect([
      { operation: 'BATCH INSERT', collection: 'users', count: 1 },
      { operation: 'BEGIN', count: 1 },
      { operation: 'UPDATE', collection: 'users', count: 1 },
      { operation: 'ROLLBACK', count: 1 },
    ]);
  });

  test('an unhandled rejection is still reported', async (t) => {
    const child = await startForgotten(t, 'forgotten-pg.cjs', server.port);
    assert.deepEqual(await child.ended(), { code: 1, signal: null });
    assert.match(child.stderr, /relation "nobody" does not exist/);
  });

  test('queries of an operation measured by hand are not counted, however full the pool is', async () => {
    const byHand = () =>
      database.operation({ system: 'postgresql', operation: 'report' }, () =>
        pool.query('SELECT pg_sleep(0.01)'),
      );
    const automatic = () => pool.query('SELECT pg_sleep(0.01)');
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? byHand() : automatic())));
    await measured.expect([
      { operation: 'SELECT', count: 20 },
      { operation: 'report', count: 20 },
    ]);
  });

  test('the pool tells its connections and who waits for one', async () => {
    const name = `127.0.0.1:${server.port}/postgres`;
    const clients = [await pool.connect(), await pool.connect(), await pool.connect()];
    const waiting = pool.connect();
    await pause(10);
    assert.deepEqual(await measured.pool('count'), { [`${name} used`]: 3, [`${name} idle`]: 0 });
    assert.deepEqual(await measured.pool('pending_requests'), { [name]: 1 });
    assert.deepEqual(await measured.pool('limit'), { [name]: 3 });
    for (const client of clients) client.release();
    (await waiting).release();
    assert.deepEqual(await measured.pool('count'), { [`${name} used`]: 0, [`${name} idle`]: 3 });
    assert.deepEqual(await measured.pool('pending_requests'), { [name]: 0 });
  });

  test('a server that goes away is errors with their type, and then it is back', async () => {
    const client = await pool.connect();
    client.on('error', () => {});
    const cut = failure(client.query('SELECT pg_sleep(60)'));
    await server.kill();
    const lost = await cut;
    client.release(true);
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

  test('once it is stopped nothing is counted, and pools that have ended tell nothing', async () => {
    measured.stop();
    await pool.query('SELECT * FROM users');
    await measured.expect([]);
  });
});
