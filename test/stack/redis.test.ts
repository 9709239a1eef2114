import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type * as NodeRedis from 'redis';
import { redis as source } from '../../src/app/sources/databases/sources.ts';
import { database } from '../../src/instruments.ts';
import { failure, measure, require } from '../app/sources/databases/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRedis } from '../harness/redis.ts';

describe('node-redis with a real Redis', { skip: skipWithout('redis-server') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const { createClient }: typeof NodeRedis = require('redis');
  let server: DatabaseServer;
  let redis: ReturnType<typeof clientOf>;

  function clientOf(port: number) {
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: () => 20 },
      database: 2,
      disableOfflineQueue: true,
    });
    return client.on('error', () => {});
  }

  before(async () => {
    server = await startRedis(lifetime);
    redis = clientOf(server.port);
    await redis.connect();
  });
  after(() => redis.destroy());
  afterEach(() => measured.counted());

  test('commands are counted by their names, and an error by the first word of the reply', async () => {
    for (let i = 0; i < 20; i++) await redis.set(`key ${i}`, 'x');
    await Promise.all(Array.from({ length: 15 }, (_, i) => redis.get(`key ${i}`)));
    await assert.rejects(redis.lPush('key 1', 'a'), /WRONGTYPE/);
    await assert.rejects(redis.incr('key 1'), /not an integer/);
    await redis.sendCommand(['SETEX', 'key 1', '10', 'y']);
    await measured.expect([
      { operation: 'SET', count: 20 },
      { operation: 'GET', count: 15 },
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

  test('a pipeline is one operation, and so is a transaction', async () => {
    assert.deepEqual(await redis.multi().set('a', 1).get('a').exec(), ['OK', '1']);
    assert.deepEqual(await redis.multi().set('a', 1).get('a').execAsPipeline(), ['OK', '1']);
    await measured.expect([
      { operation: 'MULTI', count: 1 },
      { operation: 'PIPELINE', count: 1 },
    ]);
  });

  test('commands of an operation measured by hand are not counted', async () => {
    await database.operation({ system: 'redis', operation: 'lookup' }, async () => {
      await redis.get('a');
      await redis.multi().get('a').exec();
    });
    await redis.get('a');
    await measured.expect([
      { operation: 'GET', count: 1 },
      { operation: 'lookup', count: 1 },
    ]);
  });

  test('a server that goes away is errors with their type, and then it is back', async () => {
    const cut = failure(redis.blPop('nothing', 0));
    await server.kill();
    const lost = await cut;
    for (let i = 0; i < 3; i++) await assert.rejects(redis.get('a'), { name: 'Error' });
    const never = createClient({
      socket: { host: '127.0.0.1', port: server.port, reconnectStrategy: false },
    });
    await assert.rejects(never.on('error', () => {}).connect(), { code: 'ECONNREFUSED' });
    await server.start();
    while (!redis.isReady) await new Promise((resolve) => redis.once('ready', resolve));
    for (let i = 0; i < 5; i++) await redis.get('a');
    await measured.expect([
      { operation: 'GET', count: 5 },
      { operation: 'BLPOP', error: lost, count: 1 },
      { operation: 'GET', error: 'ClientOfflineError', count: 3 },
      { operation: 'CONNECT', error: 'ECONNREFUSED', count: 1 },
    ]);
  });

  test('once it is stopped nothing is counted', async () => {
    measured.stop();
    await redis.get('a');
    await measured.expect([]);
  });
});
