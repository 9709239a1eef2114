import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { metrics, ValueType } from '@opentelemetry/api';
import { recorder } from '../../../src/app/record/global.ts';
import { getMeter } from '../../../src/index.ts';
import { dataPoints, metricsOf, resetMetrics } from '../../../src/testing.ts';

const meter = getMeter('shop');

beforeEach(() => resetMetrics());

test('a counter of the OpenTelemetry API has the value that the application added', async () => {
  metrics.getMeter('api').createCounter('api.calls').add(2);
  assert.equal(await metricsOf('api.calls'), 2);
});

test('a counter has the sum of all series that have the given attributes', async () => {
  const orders = meter.createCounter('shop.orders');
  orders.add(1, { channel: 'web', country: 'nl' });
  orders.add(2, { channel: 'web', country: 'be' });
  orders.add(4, { channel: 'app', country: 'be' });
  assert.equal(await metricsOf('shop.orders'), 7);
  assert.equal(await metricsOf('shop.orders', { channel: 'web' }), 3);
  assert.equal(await metricsOf('shop.orders', { country: 'be', channel: 'web' }), 2);
  assert.equal(await metricsOf('shop.orders', { channel: 'phone' }), 0);
  assert.equal(await metricsOf('shop.orders', { currency: 'eur' }), 0);
});

test('attributes of different types are different, and lists are compared by their items', async () => {
  const responses = meter.createCounter('shop.responses');
  responses.add(1, { code: 200, tags: ['a', 'b'] });
  assert.equal(await metricsOf('shop.responses', { code: '200' }), 0);
  assert.equal(await metricsOf('shop.responses', { code: 200, tags: ['a', 'b'] }), 1);
  assert.equal(await metricsOf('shop.responses', { tags: ['b', 'a'] }), 0);
});

test('an unknown name has no value; a counter that has counted nothing has zero', async () => {
  meter.createCounter('shop.refunds');
  assert.equal(await metricsOf('shop.refund'), undefined);
  assert.equal(await metricsOf('shop.refunds'), 0);
});

test('an up-down counter has the sum of its changes', async () => {
  const open = meter.createUpDownCounter('shop.carts.open');
  open.add(3);
  open.add(-1);
  assert.equal(await metricsOf('shop.carts.open'), 2);
});

test('a histogram has count, sum, extremes and buckets, over all series that match', async () => {
  const size = meter.createHistogram('shop.order.size', { advice: { explicitBucketBoundaries: [1, 10] } });
  const empty = { count: 0, sum: 0, buckets: { boundaries: [1, 10], counts: [0, 0, 0] } };
  assert.deepEqual(await metricsOf('shop.order.size'), empty);
  size.record(1, { channel: 'web' });
  size.record(20, { channel: 'web' });
  size.record(5, { channel: 'app' });
  assert.deepEqual(await metricsOf('shop.order.size'), {
    count: 3,
    sum: 26,
    min: 1,
    max: 20,
    buckets: { boundaries: [1, 10], counts: [1, 1, 1] },
  });
  assert.deepEqual(await metricsOf('shop.order.size', { channel: 'app' }), {
    count: 1,
    sum: 5,
    min: 5,
    max: 5,
    buckets: { boundaries: [1, 10], counts: [0, 1, 0] },
  });
});

test('a histogram that is recorded in finer buckets has those that it is served with', async () => {
  const advice = { explicitBucketBoundaries: [1, 10], limits: { cellBoundaries: [0.5, 1, 5, 10] } };
  const wait = meter.createHistogram('shop.wait', { advice });
  for (const value of [0.2, 0.7, 3, 7]) wait.record(value);
  const value = await metricsOf('shop.wait');
  assert.ok(typeof value === 'object' && 'buckets' in value);
  assert.deepEqual(value.buckets, { boundaries: [1, 10], counts: [2, 2, 0] });
});

test('an exponential histogram has its scale and buckets, over all series that match', async () => {
  const latency = meter.createHistogram('shop.latency', { advice: { exponential: true } });
  const none = { offset: 0, bucketCounts: [] };
  const empty = { count: 0, sum: 0, scale: 0, zeroCount: 0, positive: none, negative: none };
  assert.deepEqual(await metricsOf('shop.latency'), empty);
  latency.record(0, { route: '/a' });
  latency.record(4, { route: '/a' });
  latency.record(4, { route: '/b' });
  const value = await metricsOf('shop.latency');
  assert.ok(typeof value === 'object' && 'scale' in value);
  const { count, sum, min, max, zeroCount, positive } = value;
  assert.deepEqual([count, sum, min, max, zeroCount], [3, 8, 0, 4, 1]);
  assert.deepEqual(positive.bucketCounts, [2]);
});

test('a gauge has the latest value, and no value before the first', async () => {
  const stock = meter.createGauge('shop.stock');
  assert.equal(await metricsOf('shop.stock'), undefined);
  stock.record(5, { shelf: 'a' });
  stock.record(3, { shelf: 'a' });
  assert.equal(await metricsOf('shop.stock'), 3);
});

test('several series of a gauge have no sum: the error says how to choose one', async () => {
  const stock = meter.createGauge('shop.stock');
  stock.record(3, { shelf: 'a' });
  stock.record(4, { shelf: 'b' });
  assert.equal(await metricsOf('shop.stock', { shelf: 'b' }), 4);
  await assert.rejects(metricsOf('shop.stock'), {
    message:
      `metricsOf('shop.stock') found 2 series of a gauge, whose values have no sum: {"shelf":"a"}, {"shelf":"b"}. ` +
      'Pass the attributes of one of them, or read dataPoints().',
  });
});

test('instruments of one name in two meters are not added up: the error names both', async () => {
  meter.createCounter('visits').add(1);
  getMeter('blog').createCounter('visits');
  assert.equal(await metricsOf('visits'), 1);
  getMeter('blog').createCounter('visits').add(1);
  await assert.rejects(metricsOf('visits'), {
    message:
      "metricsOf('visits') found several instruments: a counter of the meter 'shop', a counter of the meter 'blog'. " +
      'Read dataPoints() and choose by scope and kind.',
  });
});

test('observables are asked on each reading, also by asynchronous and batch callbacks', async () => {
  let jobs = 1;
  const waiting = meter.createObservableGauge('shop.jobs.waiting');
  const done = meter.createObservableCounter('shop.jobs.done');
  assert.equal(await metricsOf('shop.jobs.done'), undefined);
  waiting.addCallback(async (result) => {
    await Promise.resolve();
    result.observe(jobs);
  });
  meter.addBatchObservableCallback((result) => result.observe(done, 10 * jobs), [done]);
  assert.deepEqual([await metricsOf('shop.jobs.waiting'), await metricsOf('shop.jobs.done')], [1, 10]);
  jobs = 2;
  resetMetrics();
  assert.deepEqual([await metricsOf('shop.jobs.waiting'), await metricsOf('shop.jobs.done')], [2, 20]);
});

test('all series are plain objects', async () => {
  const options = { unit: 'By', description: 'Bytes sent.', valueType: ValueType.INT };
  meter.createCounter('shop.bytes', options).add(7, { to: 'client' });
  const sent = (await dataPoints()).filter(({ name }) => name === 'shop.bytes');
  assert.deepEqual(sent, [
    {
      scope: 'shop',
      name: 'shop.bytes',
      kind: 'counter',
      unit: 'By',
      description: 'Bytes sent.',
      attributes: { to: 'client' },
      value: 7,
    },
  ]);
});

test('a snapshot stays as it is when the application records on', async () => {
  const size = meter.createHistogram('shop.parcel.size', { advice: { explicitBucketBoundaries: [1] } });
  size.record(1);
  const before = await metricsOf('shop.parcel.size');
  const copy = structuredClone(before);
  size.record(1);
  assert.deepEqual(before, copy);
});

test('after a reset, totals start from zero, and instruments and bound forms go on recording', async () => {
  const orders = meter.createCounter('shop.orders');
  const web = orders.bind({ channel: 'web' });
  const size = meter.createHistogram('shop.order.size', { advice: { explicitBucketBoundaries: [1, 10] } });
  const sizeOfWeb = size.bind({ channel: 'web' });
  const stock = meter.createGauge('shop.stock');
  for (let round = 0; round < 3; round++) {
    resetMetrics();
    assert.deepEqual(await dataPointsOfShop(), []);
    web.add(1);
    orders.add(2, { channel: 'app' });
    sizeOfWeb.record(5);
    stock.record(round);
    assert.equal(await metricsOf('shop.orders'), 3);
    assert.equal(await metricsOf('shop.stock'), round);
    assert.deepEqual(await metricsOf('shop.order.size'), {
      count: 1,
      sum: 5,
      min: 5,
      max: 5,
      buckets: { boundaries: [1, 10], counts: [0, 1, 0] },
    });
  }
});

test('a reset makes room again for an instrument that had reached its limit of series', async () => {
  const options = { advice: { limits: { seriesLimit: 3 } } };
  const users = meter.createCounter('shop.users', options);
  for (const id of ['a', 'b', 'c', 'd']) users.add(1, { id });
  assert.equal(await metricsOf('shop.users', { 'otel.metric.overflow': true }), 2);
  resetMetrics();
  users.add(1, { id: 'd' });
  assert.equal(await metricsOf('shop.users', { id: 'd' }), 1);
});

test('instruments that export nothing are not read', async () => {
  const scope = 'silenced';
  getMeter(scope).createCounter('silenced.calls').add(1);
  recorder.silence(scope, ['silenced.calls']);
  assert.equal(await metricsOf('silenced.calls'), undefined);
});

async function dataPointsOfShop() {
  return (await dataPoints()).filter(({ scope, kind }) => scope === 'shop' && !kind.startsWith('observable'));
}
