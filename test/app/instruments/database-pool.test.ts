import assert from 'node:assert/strict';
import { test } from 'node:test';
import { database } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const pool = (name: string) => ({ 'db.client.connection.pool.name': name });
const state = (name: string, of: string) => ({ ...pool(name), 'db.client.connection.state': of });

test('a pool tells its numbers whenever metrics are read', async () => {
  const collect = registerStockProvider();
  const numbers = { used: 3, idle: 2, pending: 7, max: 5 };
  const shop = database.pool({ name: 'shop', read: () => numbers });
  const other = database.pool({ name: 'other', read: () => ({ used: 0, idle: 1 }) });
  const collected = await collect();
  assert.deepEqual(collected.sums('db.client.connection.count'), [
    [state('shop', 'used'), 3],
    [state('shop', 'idle'), 2],
    [state('other', 'used'), 0],
    [state('other', 'idle'), 1],
  ]);
  assert.deepEqual(collected.sums('db.client.connection.limit'), [[pool('shop'), 5]]);
  assert.deepEqual(collected.sums('db.client.connection.pending_requests'), [[pool('shop'), 7]]);
  assert.equal(collected.metric('db.client.connection.count').descriptor.unit, '{connection}');
  numbers.used = 5;
  numbers.idle = 0;
  assert.deepEqual((await collect()).sums('db.client.connection.count').slice(0, 2), [
    [state('shop', 'used'), 5],
    [state('shop', 'idle'), 0],
  ]);
  shop.stop();
  other.stop();
});

test('a pool whose numbers cannot be read costs no other its own', async () => {
  const collect = registerStockProvider();
  const broken = database.pool({
    name: 'broken',
    read: () => {
      throw new Error('no numbers today');
    },
  });
  const shop = database.pool({ name: 'shop', read: () => ({ used: 1, idle: 0 }) });
  assert.deepEqual((await collect()).sums('db.client.connection.count'), [
    [state('shop', 'used'), 1],
    [state('shop', 'idle'), 0],
  ]);
  broken.stop();
  shop.stop();
});

test('the status of a client is a set of states, and exactly one is 1', async () => {
  const collect = registerStockProvider();
  const redis = database.client({ system: 'redis', state: 'connecting' });
  redis.set('connected');
  redis.set('disconnected');
  database.client({ system: 'redis', name: 'sessions' }).set('connected');
  const series = (await collect()).sums('db.client.status');
  const of = (name: string | undefined) =>
    series
      .filter(([attributes]) => attributes['db.client.name'] === name)
      .map(([attributes, value]) => [attributes['db.system.name'], attributes['db.client.state'], value]);
  assert.deepEqual(of(undefined), [
    ['redis', 'connecting', 0],
    ['redis', 'connected', 0],
    ['redis', 'disconnected', 1],
    ['redis', 'closed', 0],
  ]);
  assert.deepEqual(
    of('sessions').filter(([, , value]) => value === 1),
    [['redis', 'connected', 1]],
  );
});
