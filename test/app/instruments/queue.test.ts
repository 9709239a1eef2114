import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queue } from '../../../src/instruments.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';

const MAIL = { 'messaging.system.name': 'rabbitmq', 'messaging.destination.name': 'mail' };
const operation = (name: string) => ({ ...MAIL, 'messaging.operation.name': name });
const mail = { system: 'rabbitmq', name: 'mail' };

test('messages are counted when they are sent, with the error of those that could not be', async () => {
  const collect = registerStockProvider();
  await queue.sending(mail, async () => {});
  queue.sending({ ...mail, operation: 'publish', count: 5 }, () => {});
  const failing = queue.sending(mail, async () => {
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  });
  await assert.rejects(failing);
  const collected = await collect();
  const expected = [
    [operation('send'), 1],
    [operation('publish'), 5],
    [{ ...operation('send'), 'error.type': 'ECONNRESET' }, 1],
  ];
  assert.deepEqual(collected.sums('messaging.client.sent.messages'), expected);
  assert.deepEqual(
    collected
      .counts('messaging.client.operation.duration')
      .map(([{ 'messaging.operation.type': type }, count]) => [type, count]),
    [
      ['send', 1],
      ['send', 1],
      ['send', 1],
    ],
  );
});

test('messages are counted when their processing begins, and timed by outcome', async () => {
  const collect = registerStockProvider();
  queue.processing(mail, () => {});
  queue.processing(mail, () => {});
  const failing = queue.processing(mail, async () => {
    throw new RangeError('too far');
  });
  await assert.rejects(failing);
  const collected = await collect();
  assert.deepEqual(collected.sums('messaging.client.consumed.messages'), [[operation('process'), 3]]);
  assert.deepEqual(collected.counts('messaging.process.duration'), [
    [operation('process'), 2],
    [{ ...operation('process'), 'error.type': 'RangeError' }, 1],
  ]);
  assert.deepEqual(collected.counts('queue.wait.duration'), []);
});

test('messages have their broker, consumer group and subscription if the application gives them', async () => {
  const collect = registerStockProvider();
  const server = { serverAddress: 'broker.example', serverPort: 5672 };
  queue.sending({ ...mail, ...server }, () => {});
  queue.sending({ ...mail, serverAddress: 'broker.example', serverPort: Number.NaN }, () => {});
  queue.processing({ ...mail, ...server, consumerGroup: 'senders', subscription: 'all' }, () => {});
  const collected = await collect();
  const told = { 'server.address': 'broker.example', 'server.port': 5672 };
  assert.deepEqual(collected.sums('messaging.client.sent.messages'), [
    [{ ...operation('send'), ...told }, 1],
    [{ ...operation('send'), 'server.address': 'broker.example' }, 1],
  ]);
  const consumer = {
    ...operation('process'),
    ...told,
    'messaging.consumer.group.name': 'senders',
    'messaging.destination.subscription.name': 'all',
  };
  assert.deepEqual(collected.sums('messaging.client.consumed.messages'), [[consumer, 1]]);
  assert.deepEqual(collected.counts('messaging.process.duration'), [[consumer, 1]]);
});

test('the wait of a message counts from the time it could have been processed', async (t) => {
  const collect = registerStockProvider();
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  queue.processing({ ...mail, since: 1_700_000_000_000 - 2_500 }, () => {});
  queue.processing({ ...mail, since: new Date(1_700_000_000_000 - 500) }, () => {});
  // The sender's clock is ahead.
  queue.processing({ ...mail, since: 1_700_000_000_000 + 900 }, () => {});
  queue.processing({ ...mail, since: Number.NaN }, () => {});
  t.mock.timers.reset();
  assert.deepEqual((await collect()).histograms('queue.wait.duration'), [[MAIL, { count: 3, sum: 3 }]]);
});

test('units and boundaries are those of the semantic conventions', async () => {
  const collect = registerStockProvider();
  queue.sending(mail, () => {});
  queue.processing(mail, () => {});
  const collected = await collect();
  const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
  for (const name of ['messaging.client.operation.duration', 'messaging.process.duration']) {
    assert.equal(collected.metric(name).descriptor.unit, 's');
    assert.deepEqual(collected.boundaries(name), boundaries);
  }
  assert.equal(collected.metric('messaging.client.sent.messages').descriptor.unit, '{message}');
});

test('a depth is read in the background, as one number or by state', async () => {
  const collect = registerStockProvider();
  const whole = queue.depth({ ...mail, read: () => 3 });
  const depths = async () => (await collect()).sums('queue.depth');
  await until(async () => ((await depths()).length === 1 ? true : undefined), { what: 'a depth' });
  assert.deepEqual(await depths(), [[MAIL, 3]]);
  whole.stop();
  const collectAgain = registerStockProvider();
  const states = queue.depth({ ...mail, read: async () => ({ waiting: 7, active: 2 }) });
  const byState = async () => (await collectAgain()).sums('queue.depth');
  await until(async () => ((await byState()).length === 2 ? true : undefined), { what: 'two depths' });
  assert.deepEqual(await byState(), [
    [{ ...MAIL, 'queue.state': 'waiting' }, 7],
    [{ ...MAIL, 'queue.state': 'active' }, 2],
  ]);
  states.stop();
});
