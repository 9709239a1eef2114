import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliases, session } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

test('sessions are counted by kind and outcome, and their creation is timed', async () => {
  const collect = registerStockProvider();
  for (let i = 0; i < 3; i++) session.creation({ kind: 'browser' }, () => {});
  assert.throws(
    () =>
      session.creation({ kind: 'api' }, () => {
        throw new RangeError('full');
      }),
    RangeError,
  );
  const collected = await collect();
  const expected = [
    [{ 'session.kind': 'browser', 'session.outcome': 'success' }, 3],
    [{ 'session.kind': 'api', 'session.outcome': 'failure', 'error.type': 'RangeError' }, 1],
  ];
  assert.deepEqual(collected.sums('session.created'), expected);
  assert.deepEqual(collected.counts('session.creation.duration'), expected);
});

test('sessions are active until they are disposed of, and have a duration afterwards', async (t) => {
  const collect = registerStockProvider();
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  const first = session.lifetime({ kind: 'browser' });
  const second = session.lifetime({ kind: 'browser' });
  const third = session.lifetime({ kind: 'api' });
  now += 90_000;
  first.end();
  third.fail('expired');
  third.end();
  t.mock.reset();
  const collected = await collect();
  assert.deepEqual(collected.sums('session.active'), [
    [{ 'session.kind': 'browser' }, 1],
    [{ 'session.kind': 'api' }, 0],
  ]);
  assert.deepEqual(collected.histograms('session.duration'), [
    [{ 'session.kind': 'browser' }, { count: 1, sum: 90 }],
    [
      { 'session.kind': 'api', 'error.type': 'expired' },
      { count: 1, sum: 90 },
    ],
  ]);
  second.end();
});

test('the status of a manager is a set of states, and exactly one is 1', async () => {
  const collect = registerStockProvider();
  const states = ['starting', 'ready', 'draining'] as const;
  const manager = session.manager({ states, state: 'starting' });
  const status = async () =>
    (await collect())
      .sums('session.manager.status')
      .map(([attributes, value]) => [attributes['session.manager.state'], value]);
  assert.deepEqual(await status(), [
    ['starting', 1],
    ['ready', 0],
    ['draining', 0],
  ]);
  manager.set('ready');
  manager.set('ready');
  const ready = [
    ['starting', 0],
    ['ready', 1],
    ['draining', 0],
  ];
  assert.deepEqual(await status(), ready);
  // @ts-expect-error there is no such state
  manager.set('asleep');
  assert.deepEqual(await status(), ready);
});

test('a status has no unit, so that Prometheus does not take it for a ratio', async () => {
  const collect = registerStockProvider();
  session.manager({ name: 'baskets', states: ['up'] }).set('up');
  const collected = await collect();
  assert.equal(collected.metric('session.manager.status').descriptor.unit, '');
  assert.deepEqual(collected.sums('session.manager.status'), [
    [{ 'session.manager.name': 'baskets', 'session.manager.state': 'up' }, 1],
  ]);
});

test('an alias names the owner of a session', async () => {
  const collect = registerStockProvider();
  const clients = aliases({ 'id-1': 'acme' });
  session.creation({ kind: 'api', client: clients('id-1') }, () => {});
  session.creation({ kind: 'api', client: clients('id-2') }, () => {});
  assert.deepEqual(
    (await collect()).sums('session.created').map(([attributes]) => attributes['session.client']),
    ['acme', undefined],
  );
});
