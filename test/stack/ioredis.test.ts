import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Redis as IoRedis } from 'ioredis';
import { ioredis as source } from '../../src/app/sources/databases/sources.ts';
import { database } from '../../src/instruments.ts';
import { failure, measure, require } from '../app/sources/databases/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRedis } from '../harness/redis.ts';
import { startForgotten } from './helpers/forgotten.ts';

describe('ioredis with a real Redis', { skip: skipWithout('redis-server') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const Redis: typeof IoRedis = require('ioredis');
  let server: DatabaseServer;
  let redis: IoRedis;

  before(async () => {
    server = await startRedis(lifetime);
    redis = new Redis({
      host: '127.0.0.1',
      port: server.port,
      db: 2,
      maxRetriesPerRequest: 1,
      retryStrategy: () => 20,
    });
    redis.on('error', () => {});
    await redis.ping();
    await measured.counted();
  });
  after(() => redis.disconnect());
  afterEach(() => measured.counted());

  test('commands are counted by their names, and an error by the first word of the reply', async () => {
    for (let i = 0; i < 20; i++) await redis.set(`key ${i}`, 'x');
    await Promise.all(Array.from({ length: 15 }, (_, i) => redis.get(`key ${i}`)));
    await assert.rejects(redis.lpush('key 1', 'a'), /WRONGTYPE/);
    await assert.rejects(redis.incr('key 1'), /not an integer/);
    await new Promise<void>((resolve) => redis.get('key 1', () => resolve()));
    await redis.call('SETEX', 'key 1', '10', 'y');
    await measured.expect([
      { operation: 'SET', count: 20 },
      { operation: 'GET', count: 16 },
      { operation: 'LPUSH', error: 'WRONGTYPE', count: 1 },
      { operation: 'INCR', error: 'ERR', count: 1 },
      { operation: 'SETEX', count: 1 },
    ]);
    assert.deepEqual(await measured.statusCodes(), { ERR: 'ERR', WRONGTYPE: 'WRONGTYPE' });
    assert.deepEqual(await measured.common(), {
      'db.system.name': 'redis',
      'db.namespace': '2',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    });
  });

  test('a pipeline is one operation, and so is a transaction; each fails with its first command', async () => {
    assert.equal((await redis.pipeline().set('a', 1).get('a').exec())?.length, 2);
    assert.equal((await redis.multi().set('a', 1).get('a').exec())?.length, 2);
    await redis.pipeline().set('a', 'x').incr('a').get('a').exec();
    await measured.expect([
      { operation: 'PIPELINE', count: 1 },
      { operation: 'PIPELINE', error: 'ERR', count: 1 },
      { operation: 'MULTI', count: 1 },
    ]);
  });

  test('commands that ioredis itself puts into a pipeline stay commands', async () => {
    const own = new Redis({ host: '127.0.0.1', port: server.port, db: 2, enableAutoPipelining: true });
    await own.ping();
    await measured.counted();
    await Promise.all(Array.from({ length: 10 }, (_, i) => own.get(`key ${i}`)));
    own.disconnect();
    await measured.expect([{ operation: 'GET', count: 10 }]);
  });

  test('commands of an operation measured by hand are not counted', async () => {
    await database.operation({ system: 'redis', operation: 'lookup' }, async () => {
      await redis.get('a');
      await redis.pipeline().get('a').exec();
    });
    await redis.get('a');
    await measured.expect([
      { operation: 'GET', count: 1 },
      { operation: 'lookup', count: 1 },
    ]);
  });

  test('an unhandled rejection is still reported', async (t) => {
    const child = await startForgotten(t, 'forgotten-ioredis.cjs', server.port);
    assert.deepEqual(await child.ended(), { code: 1, signal: null });
    assert.match(child.stderr, /not an integer/);
  });

  test('a server that goes away is errors with their type, and then it is back', async () => {
    const cut = failure(redis.blpop('nothing', 0));
    await server.kill();
    const lost = await cut;
    for (let i = 0; i < 3; i++) await assert.rejects(redis.get('a'), { name: 'MaxRetriesPerRequestError' });
    await server.start();
    for (let i = 0; i < 5; i++) await redis.get('a');
    await measured.expect([
      { operation: 'GET', count: 5 },
      { operation: 'GET', error: 'MaxRetriesPerRequestError', count: 3 },
      { operation: 'BLPOP', error: lost, count: 1 },
    ]);
  });

  test('once it is stopped nothing is counted', async () => {
    measured.stop();
    await redis.get('a');
    await measured.expect([]);
  });
});
