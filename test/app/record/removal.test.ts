import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { histogramNamed, metricNamed, valuesOf } from './helpers/points.ts';
import { ReadingHub } from './helpers/reading-hub.ts';
import { inSpan } from './helpers/spans.ts';

function start() {
  const recorder = new Recorder();
  return { recorder, meter: recorder.getMeter('test'), hub: new ReadingHub(recorder) };
}

test('a series that was removed is exported no more, and begins anew when it is recorded again', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const { meter, hub } = start();
  const counter = meter.createCounter('c');
  counter.add(5, { id: 'a' });
  counter.add(7, { id: 'b' });
  counter.remove({ id: 'a' });
  counter.remove({ id: 'nobody' });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{ id: 'b' }, 7]]);
  t.mock.timers.tick(3000);
  counter.add(1, { id: 'a' });
  const points = metricNamed(hub.collect(), 'c').dataPoints;
  assert.deepEqual(
    points.map(({ attributes, startTime, value }) => [attributes.id, startTime, value]),
    [
      ['b', [1, 0], 7],
      ['a', [4, 0], 1],
    ],
  );
});

test('attributes say what to remove in whatever order they are', () => {
  const { meter, hub } = start();
  const counter = meter.createCounter('c');
  counter.add(1, { a: 1, b: 2 });
  counter.remove({ b: 2, a: 1 });
  counter.add(1);
  counter.remove();
  assert.deepEqual(hub.collect(), []);
});

test('attributes that begin with those of another series have a series of their own, through removals too', () => {
  const sets: readonly Attributes[] = [
    {},
    { a: 1 },
    { a: 1, b: 2 },
    { a: 1, b: 2, c: 3 },
    { a: 1, c: 3 },
    { a: 2, b: 2 },
  ];
  for (const order of [sets, sets.toReversed()]) {
    const { meter, hub } = start();
    const counter = meter.createCounter('c');
    const values = new Map<Attributes, number>();
    const record = () => {
      for (const set of order) {
        counter.add(1, set);
        values.set(set, (values.get(set) ?? 0) + 1);
      }
    };
    const check = () => {
      const exported = valuesOf(hub.collect(), 'c').map(([set, value]) => `${JSON.stringify(set)} ${value}`);
      const expected = Array.from(values, ([set, value]) => `${JSON.stringify(set)} ${value}`);
      assert.deepEqual(exported.toSorted(), expected.toSorted());
    };
    record();
    record();
    check();
    for (const removed of order) {
      counter.remove(removed);
      values.delete(removed);
      check();
      record();
      check();
    }
  }
});

test('every kind of synchronous instrument and its bound form removes series, and records on', () => {
  const { meter, hub } = start();
  const advice = { exponential: true };
  const adders = [meter.createCounter('c'), meter.createUpDownCounter('u')];
  const recorders = [
    meter.createHistogram('h'),
    meter.createHistogram('e', { advice }),
    meter.createGauge('g'),
  ];
  const attributes: Attributes = { id: 'a' };
  const record = [
    ...adders.map((adder) => ({ by: adder.bind(attributes), on: adder })),
    ...recorders.map((recorder) => ({ by: recorder.bind(attributes), on: recorder })),
  ].map(({ by, on }) => ({
    by,
    on,
    bound: (value: number) => ('add' in by ? by.add(value) : by.record(value)),
  }));
  for (const { bound, by } of record) {
    bound(3);
    by.remove();
    by.remove();
  }
  assert.deepEqual(hub.collect(), []);
  hub.deliver();
  for (const { bound } of record) bound(4);
  for (const { on } of record) on.remove(attributes);
  for (const { bound } of record) {
    bound(5);
    bound(6);
  }
  const scopes = hub.collect();
  assert.deepEqual(valuesOf(scopes, 'c'), [[attributes, 11]]);
  assert.deepEqual(valuesOf(scopes, 'u'), [[attributes, 11]]);
  assert.deepEqual(valuesOf(scopes, 'g'), [[attributes, 6]]);
  assert.deepEqual(histogramNamed(scopes, 'h').sum, 11);
  assert.deepEqual(histogramNamed(scopes, 'e').sum, 11);
});

test('bound forms of one series that was removed share the one that takes its place', () => {
  const { meter, hub } = start();
  const counter = meter.createCounter('c');
  const [first, second] = [counter.bind({ id: 'a' }), counter.bind({ id: 'a' })];
  first.remove();
  second.add(1);
  first.add(2);
  counter.add(4, { id: 'a' });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{ id: 'a' }, 7]]);
});

test('a bound histogram whose series was removed takes up other buckets', () => {
  const { recorder, meter, hub } = start();
  const bound = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } }).bind();
  bound.record(5);
  bound.remove();
  recorder.configure({ exponential: ['h'] });
  bound.record(8);
  bound.record(Number.POSITIVE_INFINITY);
  const [point] = metricNamed(hub.collect(), 'h').dataPoints;
  assert.deepEqual(point?.value, {
    count: 1,
    sum: 8,
    min: 8,
    max: 8,
    scale: 20,
    zeroCount: 0,
    positive: { offset: 3 * 2 ** 20 - 1, bucketCounts: [1] },
    negative: { offset: 0, bucketCounts: [] },
  });
});

test('a removed series makes a place below the limit', () => {
  const { recorder, meter, hub } = start();
  recorder.configure({ seriesLimit: 3 });
  const counter = meter.createCounter('c');
  for (const id of ['a', 'b', 'c', 'd']) counter.add(1, { id });
  counter.remove({ id: 'a' });
  for (const id of ['c', 'd']) counter.add(1, { id });
  counter.remove({ id: 'd' });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [
    [{ id: 'b' }, 1],
    [{ 'otel.metric.overflow': true }, 3],
    [{ id: 'c' }, 1],
  ]);
});

test('removing a series that counts in the overflow leaves the overflow alone', () => {
  const { recorder, meter, hub } = start();
  recorder.configure({ seriesLimit: 2 });
  const counter = meter.createCounter('c');
  counter.add(1, { id: 'a', to: 'x' });
  const bound = counter.bind({ id: 'b' });
  bound.add(1);
  counter.add(1, { to: 'x' });
  bound.remove();
  counter.remove({ to: 'x' });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [
    [{ id: 'a', to: 'x' }, 1],
    [{ 'otel.metric.overflow': true }, 2],
  ]);
});

test('memory of removed series is used again, as soon as the hub reads it no more and not before', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const { recorder, meter, hub } = start();
  recorder.configure({ exemplarFilter: 'always_on' });
  const counter = meter.createCounter('c');
  const histogram = meter.createHistogram('h');
  const round = (n: number) => {
    for (let id = 0; id < 1000; id++) {
      counter.add(1, { id, n }, inSpan(id));
      histogram.record(id, { id, n }, inSpan(id));
    }
  };
  const clear = (n: number) => {
    for (let id = 0; id < 1000; id++) {
      counter.remove({ id, n });
      histogram.remove({ id, n });
    }
  };
  round(0);
  hub.collect();
  const { total, used } = hub.registry.memory;
  clear(0);
  assert.equal(hub.registry.memory.used, used, 'the hub has not heard of it');
  round(1);
  hub.drain();
  assert.ok(hub.registry.memory.total > total, 'cells that may still be read are not used again');
  const twice = hub.registry.memory.total;
  clear(1);
  hub.drain();
  assert.equal(hub.registry.memory.used, 0);
  hub.deliver();
  for (let n = 2; n < 10; n++) {
    round(n);
    const values = valuesOf(hub.collect(), 'c').map(([, value]) => value);
    assert.deepEqual(values, Array(1000).fill(1), 'cells that are used again begin at 0');
    assert.equal(hub.registry.memory.used, used);
    clear(n);
    hub.drain();
    hub.deliver();
  }
  assert.equal(hub.registry.memory.total, twice);
});

test('without a hub, memory of removed series is used again at once', () => {
  const recorder = new Recorder();
  const counter = recorder.getMeter('test').createCounter('c');
  for (let id = 0; id < 100_000; id++) {
    counter.add(1, { id });
    counter.remove({ id });
  }
  const hub = new ReadingHub(recorder);
  hub.drain();
  assert.deepEqual(hub.registry.memory, { total: 32_768, used: 0 });
});

test('a hub that takes the place of another frees what that one was still reading', () => {
  const { recorder, meter, hub } = start();
  const counter = meter.createCounter('c');
  counter.add(1, { id: 'a' });
  counter.remove({ id: 'a' });
  const next = new ReadingHub(recorder);
  counter.add(2, { id: 'b' });
  // The old one's requests still arrive.
  hub.drain();
  hub.deliver();
  assert.deepEqual(valuesOf(next.collect(), 'c'), [[{ id: 'b' }, 2]]);
  assert.equal(next.registry.memory.used, 16);
});

test('look-ups of series that come and go stay right', () => {
  const { meter, hub } = start();
  const counter = meter.createCounter('c');
  const stays = { route: '/', method: 'GET' };
  for (let id = 0; id < 5000; id++) {
    counter.add(1, stays);
    counter.add(1, { method: 'GET', route: '/' });
    counter.add(1, { route: '/', method: 'GET', id });
    counter.add(1, { id, method: 'GET', route: '/' });
    if (id >= 10) counter.remove({ route: '/', method: 'GET', id: id - 10 });
  }
  const points = valuesOf(hub.collect(), 'c');
  assert.deepEqual(points[0], [{ method: 'GET', route: '/' }, 10_000]);
  assert.deepEqual(
    points.slice(1).map(([attributes, value]) => [(attributes as Attributes).id, value]),
    Array.from({ length: 10 }, (_, i) => [4990 + i, 2]),
  );
});

test('what an earlier hub may still be reading is not used again before the next one has answered', () => {
  const recorder = new Recorder();
  const gauge = recorder.getMeter('test').createGauge('g');
  const earlier = new ReadingHub(recorder);
  gauge.record(1, { id: 'old' });
  earlier.drain();
  // It dies, and does not hear of the removal; what it knew is read on until the next one knows better.
  const read = () => valuesOf(snapshot(earlier.registry, { clock: () => 0 }), 'g');
  gauge.remove({ id: 'old' });
  const next = new ReadingHub(recorder);
  gauge.record(2, { id: 'new' });
  assert.deepEqual(read(), [[{ id: 'old' }, 1]]);
  next.drain();
  next.deliver();
  gauge.record(3, { id: 'newest' });
  assert.deepEqual(read(), [[{ id: 'old' }, 3]], 'by now it is the memory of another');
});
