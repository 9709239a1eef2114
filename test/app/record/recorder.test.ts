import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type Attributes, ValueType } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { readerOf } from './helpers/collect.ts';
import { histogramNamed, metricNamed, valuesOf } from './helpers/points.ts';
import { warningsOf } from './helpers/warnings.ts';

function start() {
  const recorder = new Recorder();
  return { recorder, meter: recorder.getMeter('test'), read: readerOf(recorder) };
}

test('attributes are one series in whatever order they are given', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  counter.add(1, { a: 1, b: 'x' });
  counter.add(2, { b: 'x', a: 1 });
  counter.add(4, { b: 'x', a: 1 });
  assert.deepEqual(valuesOf(await read(), 'c'), [[{ a: 1, b: 'x' }, 7]]);
});

test('200 and "200" are two series', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  for (const status of [200, '200', 200, true, 'true']) counter.add(1, { status });
  assert.deepEqual(valuesOf(await read(), 'c'), [
    [{ status: 200 }, 2],
    [{ status: '200' }, 1],
    [{ status: true }, 1],
    [{ status: 'true' }, 1],
  ]);
});

test('attributes with and without an optional key are different series', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  for (let i = 0; i < 2; i++) {
    counter.add(1, { m: 'GET' });
    counter.add(1, { m: 'GET', error: 'x' });
    counter.add(1, { m: 'GET', route: '/' });
    counter.add(1);
  }
  assert.deepEqual(valuesOf(await read(), 'c'), [
    [{ m: 'GET' }, 2],
    [{ m: 'GET', error: 'x' }, 2],
    [{ m: 'GET', route: '/' }, 2],
    [{}, 2],
  ]);
});

test('attributes are copied: changing the object afterwards changes no series', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  const given = { tags: ['a'], route: '/' };
  counter.add(1, given);
  given.tags.push('b');
  given.route = '/other';
  counter.add(1, given);
  assert.deepEqual(valuesOf(await read(), 'c'), [
    [{ route: '/', tags: ['a'] }, 1],
    [{ route: '/other', tags: ['a', 'b'] }, 1],
  ]);
});

test('a bound instrument records into the series of its attributes', async () => {
  const { meter, read } = start();
  const attributes = { route: '/' };
  meter.createCounter('c').bind(attributes).add(2);
  meter.createCounter('c').add(3, attributes);
  meter.createUpDownCounter('u').bind(attributes).add(-2);
  meter.createGauge('g').bind(attributes).record(7);
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } });
  histogram.bind(attributes).record(1.5);
  histogram.record(3, attributes);
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'c'), [[attributes, 5]]);
  assert.deepEqual(valuesOf(scopes, 'u'), [[attributes, -2]]);
  assert.deepEqual(valuesOf(scopes, 'g'), [[attributes, 7]]);
  assert.deepEqual(histogramNamed(scopes, 'h').buckets, {
    boundaries: [1, 2],
    counts: [0, 1, 1],
  });
});

test('a value on a boundary belongs to the bucket below it', async () => {
  const { meter, read } = start();
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [0, 1, 10] } });
  for (const value of [0, 1, 1.1, 10, 11]) histogram.record(value);
  assert.deepEqual(histogramNamed(await read(), 'h'), {
    min: 0,
    max: 11,
    sum: 23.1,
    count: 5,
    buckets: { boundaries: [0, 1, 10], counts: [1, 1, 2, 1] },
  });
});

test('values other than numbers are ignored, with one warning for each instrument', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  const bound = counter.bind();
  for (const value of [Number.NaN, '1', 1n, null, undefined, Symbol('x'), () => 1, {}]) {
    counter.add(value as number);
    bound.add(value as number);
    meter.createUpDownCounter('u').add(value as number);
    meter.createHistogram('h').record(value as number);
    meter.createGauge('g').record(value as number);
  }
  counter.add(1);
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 1]]);
  assert.deepEqual(
    warnings.map((text) => text.match(/'(\w)' was given .* instead of a number/)?.[1]).sort(),
    ['c', 'g', 'h', 'u'],
  );
});

test('a counter and a histogram ignore negative values, with one warning', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  for (let i = 0; i < 3; i++) {
    meter.createCounter('c').add(-1);
    meter.createHistogram('h').record(-0.5);
  }
  meter.createCounter('c').add(0);
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 0]]);
  assert.deepEqual(warnings, [
    "pitot: instrument 'c' takes no negative values and was given -1; it is ignored.",
    "pitot: instrument 'h' takes no negative values and was given -0.5; it is ignored.",
  ]);
});

test('infinite values poison no sum: they are ignored, with one warning for each instrument', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const advice = { explicitBucketBoundaries: [1] };
  const observed = meter.createObservableCounter('o');
  let total = 1;
  observed.addCallback((result) => result.observe(total));
  for (const value of [10, Number.POSITIVE_INFINITY, 10, Number.NEGATIVE_INFINITY]) {
    meter.createCounter('c').add(value);
    meter.createCounter('c').bind().add(value);
    meter.createUpDownCounter('u').add(value);
    meter.createUpDownCounter('u').bind().add(value);
    meter.createHistogram('h', { advice }).record(value);
    meter.createHistogram('h', { advice }).bind().record(value);
  }
  await read();
  total = Number.POSITIVE_INFINITY;
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'c'), [[{}, 40]]);
  assert.deepEqual(valuesOf(scopes, 'u'), [[{}, 40]]);
  const { count, sum, max, buckets } = histogramNamed(scopes, 'h');
  assert.deepEqual(
    { count, sum, max, counts: buckets.counts },
    { count: 4, sum: 40, max: 10, counts: [0, 4] },
  );
  for (const name of ['c', 'u', 'h', 'o']) {
    const text = `pitot: instrument '${name}' was given Infinity, which no sum can recover from; it is ignored.`;
    assert.equal(warnings.filter((warning) => warning === text).length, 1, name);
  }
});

test('a gauge may be infinite', async () => {
  const { meter, read } = start();
  meter.createGauge('g').record(Number.POSITIVE_INFINITY);
  assert.deepEqual(valuesOf(await read(), 'g'), [[{}, Number.POSITIVE_INFINITY]]);
});

test('series are there whatever the clock reads when they begin', async (t) => {
  for (const time of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    const now = t.mock.method(Date, 'now', () => time);
    const { meter, read } = start();
    meter.createCounter('c').add(1);
    meter.createObservableGauge('o').addCallback((result) => result.observe(2));
    now.mock.restore();
    const scopes = await read();
    assert.deepEqual(valuesOf(scopes, 'c'), [[{}, 1]]);
    assert.deepEqual(valuesOf(scopes, 'o'), [[{}, 2]]);
    assert.deepEqual(metricNamed(scopes, 'c').dataPoints[0]?.startTime, [0, 0]);
  }
});

test('an integer instrument drops the fraction', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c', { valueType: ValueType.INT });
  counter.add(2.9);
  counter.add(Number.POSITIVE_INFINITY);
  counter.add(1);
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 3]]);
});

test('values other than attributes do not throw', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  for (const attributes of [null, 'text', 5, true, { f: () => 1 }, { s: Symbol('s') }]) {
    counter.add(1, attributes as unknown as Attributes);
  }
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 6]]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /attributes that no metric can have \(f:/);
});

test('an identical instrument is the same one, and the longer description is kept', async () => {
  const { recorder, meter, read } = start();
  const first = meter.createCounter('c', { unit: 's', description: 'short' });
  assert.equal(meter.createCounter('C', { unit: 's', description: 'a longer one' }), first);
  assert.equal(recorder.getMeter('test').createCounter('c', { unit: 's' }), first);
  first.add(1);
  assert.equal(metricNamed(await read(), 'c').descriptor.description, 'a longer one');
});

test('one name with another kind or unit records separately, with one warning that names both', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  meter.createCounter('c', { unit: 's' }).add(1);
  meter.createUpDownCounter('c', { unit: 'By' }).add(2);
  meter.createUpDownCounter('c', { unit: 'By' }).add(2);
  const metrics = (await read()).flatMap((scope) => scope.metrics);
  assert.deepEqual(
    metrics.map(({ dataPoints }) => dataPoints[0]?.value),
    [1, 4],
  );
  assert.deepEqual(warnings, [
    "pitot: two instruments of one name in scope 'test': 'c' (counter, unit 's', DOUBLE) and then 'c' " +
      "(upDownCounter, unit 'By', DOUBLE). Both record, but a reader cannot tell them apart; give one of them " +
      'another name.',
  ]);
});

test('boundaries are sorted, and infinite and repeated ones left out, as the stock SDK does', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const advised: [string, number[]][] = [
    ['a', [1, 2, Number.POSITIVE_INFINITY]],
    ['b', [3, 1, 2]],
    ['c', [1, 1, 2, Number.NEGATIVE_INFINITY]],
  ];
  for (const [name, boundaries] of advised) {
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: boundaries } }).record(1.5);
  }
  const scopes = await read();
  assert.deepEqual(histogramNamed(scopes, 'a').buckets, { boundaries: [1, 2], counts: [0, 1, 0] });
  assert.deepEqual(histogramNamed(scopes, 'b').buckets, { boundaries: [1, 2, 3], counts: [0, 1, 0, 0] });
  assert.deepEqual(histogramNamed(scopes, 'c').buckets, { boundaries: [1, 2], counts: [0, 1, 0] });
  assert.deepEqual(warnings, []);
});

test('boundaries other than numbers are replaced by the default, with a warning', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const evil = ['x\npitot: forged'] as unknown as number[];
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: evil } }).record(1);
  assert.equal(histogramNamed(await read(), 'h').buckets.boundaries.length, 15);
  assert.match(warnings[0] ?? '', /'h' was advised to use the bucket boundaries \[x pitot: forged\]/);
});

test('a histogram that is created again with other buckets keeps the first, with one warning', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5);
  meter.createHistogram('h').record(1.5);
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: [2, 1] } }).record(1.5);
  for (let i = 0; i < 3; i++) {
    meter.createHistogram('h', { advice: { explicitBucketBoundaries: [7] } }).record(1.5);
    meter.createHistogram('h', { advice: { exponential: true } }).record(1.5);
  }
  assert.deepEqual(histogramNamed(await read(), 'h').buckets, { boundaries: [1, 2], counts: [0, 9, 0] });
  assert.deepEqual(warnings, [
    "pitot: histogram 'h' was created with the boundaries [1, 2] and then with the boundaries [7]; it keeps the first. " +
      'Create it in one place, or choose its buckets by a view.',
  ]);
});

test('a meter without a valid name works and has an empty one', async (t) => {
  const warnings = warningsOf(t);
  const { recorder, read } = start();
  for (const name of [null, undefined, 7, Symbol('s'), Object.create(null)]) {
    recorder
      .getMeter(name as unknown as string, null as unknown as string)
      .createCounter('c')
      .add(1);
  }
  const scopes = await read();
  assert.deepEqual(
    scopes.map(({ scope }) => scope),
    [{ name: '', version: '' }],
  );
  assert.deepEqual(valuesOf(scopes, 'c'), [[{}, 5]]);
  assert.equal(warnings.length, 1);
});

test('an instrument whose name is not valid records under it, with one warning that tells the syntax', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  for (const name of ['1st', '', 'a b', 'a'.repeat(256)]) meter.createCounter(name).add(1);
  for (const name of ['a', 'A.b_c-d/e1', 'a'.repeat(255)]) meter.createCounter(name).add(1);
  const scopes = await read();
  for (const name of ['1st', '', 'a b', 'a'.repeat(256)]) assert.deepEqual(valuesOf(scopes, name), [[{}, 1]]);
  assert.equal(warnings.length, 4);
  for (const warning of warnings)
    assert.match(String(warning), /is no valid instrument name: a letter, then/);
});

test('advised attributes are the only ones that are kept', async () => {
  const { meter, read } = start();
  const counter = meter.createCounter('c', { advice: { attributes: ['route'] } });
  counter.add(1, { route: '/', user: 'a' });
  counter.add(2, { user: 'b', route: '/' });
  assert.deepEqual(valuesOf(await read(), 'c'), [[{ route: '/' }, 3]]);
});

test('printing a meter or an instrument shows nothing of the recorder', () => {
  const { meter } = start();
  const counter = meter.createCounter('c');
  const histogram = meter.createHistogram('h');
  const printed = [
    meter,
    counter,
    counter.bind(),
    histogram,
    histogram.bind(),
    meter.createUpDownCounter('u').bind(),
    meter.createGauge('g'),
    meter.createObservableGauge('o'),
  ].map((one) => inspect(one));
  for (const text of printed) assert.match(text, /^\w+ \{\}$/);
});

test('a hub that starts late learns everything that was recorded before', async () => {
  const recorder = new Recorder();
  const counter = recorder.getMeter('test').createCounter('c');
  for (let id = 0; id < 1999; id++) counter.add(id, { id });
  const histogram = recorder.getMeter('test').createHistogram('h');
  for (let id = 0; id < 1999; id++) histogram.record(id, { id });
  const scopes = await readerOf(recorder)();
  assert.deepEqual(
    valuesOf(scopes, 'c').map(([, value]) => value),
    [...Array(1999).keys()],
  );
  assert.ok(
    metricNamed(scopes, 'h').dataPoints.every(
      ({ attributes, value }) => (value as Histogram).sum === attributes.id,
    ),
  );
});
