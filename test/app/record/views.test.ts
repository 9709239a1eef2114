import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataPointType, type Histogram } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../src/app/record/recorder.ts';
import type { View } from '../../../src/model/view.ts';
import { histogramNamed, metricNamed, valuesOf } from './helpers/points.ts';
import { ReadingHub } from './helpers/reading-hub.ts';
import { warningsOf } from './helpers/warnings.ts';

function start(...views: View[]) {
  const recorder = new Recorder();
  recorder.configure({ views });
  const hub = new ReadingHub(recorder);
  return { recorder, meter: recorder.getMeter('shop', '1.0', { schemaUrl: 'https://schema' }), hub };
}

/** The names of all metrics there are. */
function names(hub: ReadingHub): string[] {
  return hub.collect().flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
}

test('a view gives an instrument another name, description, limit and fewer attributes', () => {
  const { meter, hub } = start({
    selector: { instrumentName: 'orders' },
    name: 'shop.orders',
    description: 'What was ordered.',
    seriesLimit: 3,
    attributes: { included: ['pay*', 'country', 'api_key'], excluded: ['payer'] },
  });
  const orders = meter.createCounter('orders', { description: 'Orders.', unit: '{order}' });
  orders.add(1, { payment: 'card', payer: 'alice', country: 'DE' });
  orders.add(2, { country: 'DE', payment: 'card', payer: 'bob', basket: 7 });
  orders.add(4, { country: 'AT', api_key: 'hush' });
  orders.add(8, { country: 'CH' });
  const { descriptor } = metricNamed(hub.collect(), 'shop.orders');
  assert.deepEqual([descriptor.description, descriptor.unit], ['What was ordered.', '{order}']);
  assert.deepEqual(valuesOf(hub.collect(), 'shop.orders'), [
    [{ payment: 'card', country: 'DE' }, 3],
    [{ country: 'AT', api_key: 'REDACTED' }, 4],
    [{ 'otel.metric.overflow': true }, 8],
  ]);
});

test('a dropped instrument exports nothing, whatever its kind and its calls', () => {
  const { recorder, meter, hub } = start({ selector: { instrumentName: 'noise.*' }, aggregation: 'drop' });
  const counter = meter.createCounter('noise.count');
  const gauge = meter.createGauge('noise.level');
  const histogram = meter.createHistogram('noise.duration');
  meter.createObservableGauge('noise.observed').addCallback((result) => result.observe(1));
  meter.createCounter('signal').add(1);
  for (let i = 0; i < 5000; i++) {
    counter.add(1, { i });
    gauge.record(i, { i });
    gauge.remove({ i });
    histogram.record(i, { i });
    histogram.bind({ i }).record(1);
  }
  recorder.observeNow(Number.POSITIVE_INFINITY);
  assert.deepEqual(names(hub), ['signal']);
  // A hub that starts later hears of it no more than the first.
  assert.deepEqual(names(new ReadingHub(recorder)), ['signal']);
});

test('a view gives histograms explicit boundaries, exponential buckets or the defaults', () => {
  const { recorder, meter, hub } = start(
    { selector: { instrumentName: 'a' }, aggregation: { boundaries: [1, 2] } },
    { selector: { instrumentName: 'b' }, aggregation: 'exponential' },
    { selector: { instrumentName: 'c' }, aggregation: 'explicit' },
    { selector: { instrumentName: 'd' }, aggregation: 'default' },
  );
  recorder.configure({ exponential: ['a', 'c'] });
  const advice = { explicitBucketBoundaries: [7] };
  for (const name of ['a', 'b', 'c', 'd']) meter.createHistogram(name, { advice }).record(1.5);
  // Settings that come later leave a view what it is.
  recorder.configure({ seriesLimit: 100 });
  const scopes = hub.collect();
  assert.deepEqual(histogramNamed(scopes, 'a').buckets, { boundaries: [1, 2], counts: [0, 1, 0] });
  assert.equal(metricNamed(scopes, 'b').dataPointType, DataPointType.EXPONENTIAL_HISTOGRAM);
  assert.equal(histogramNamed(scopes, 'c').buckets.boundaries.length, 15);
  assert.deepEqual(histogramNamed(scopes, 'd').buckets.boundaries, [7]);
});

test('every part of a selector must match', () => {
  const selectors: readonly [View['selector'], boolean][] = [
    [{}, true],
    [{ instrumentName: 'http.server.request.duration' }, true],
    [{ instrumentName: 'HTTP.*.Duratio?' }, true],
    [{ instrumentName: 'http.server' }, false],
    [{ instrumentName: 'http.server.request.duration', instrumentType: 'counter' }, false],
    [{ instrumentType: 'histogram', unit: 's' }, true],
    [{ instrumentType: 'histogram', unit: 'ms' }, false],
    [{ meterName: 'shop', meterVersion: '1.0', meterSchemaUrl: 'https://schema' }, true],
    [{ meterName: 'sho*' }, false],
    [{ meterVersion: '2.0' }, false],
    [{ meterSchemaUrl: 'https://other' }, false],
  ];
  for (const [selector, matches] of selectors) {
    const { meter, hub } = start({ selector, name: 'chosen' });
    meter.createHistogram('http.server.request.duration', { unit: 's' }).record(1);
    const expected = matches ? 'chosen' : 'http.server.request.duration';
    assert.deepEqual(names(hub), [expected], JSON.stringify(selector));
  }
});

test('every view with a name of its own makes a stream of the instrument', () => {
  const { recorder, meter, hub } = start(
    {
      selector: { instrumentName: 'orders' },
      name: 'orders.by_country',
      attributes: { included: ['country'] },
    },
    { selector: { instrumentName: 'orders' }, name: 'orders.sizes', aggregation: { boundaries: [2] } },
    { selector: { instrumentName: 'orders' }, name: 'orders.none', aggregation: 'drop' },
    { selector: { instrumentName: 'stock' }, name: 'stock.total', attributes: { included: [] } },
    { selector: { instrumentName: 'stock' } },
  );
  const orders = meter.createCounter('orders');
  orders.add(1, { country: 'DE', user: 'a' });
  orders.bind({ country: 'DE', user: 'b' }).add(3);
  assert.equal(meter.createCounter('ORDERS'), orders);
  meter.createObservableGauge('stock').addCallback((result) => {
    result.observe(1, { shelf: 1 });
    result.observe(2, { shelf: 2 });
  });
  recorder.observeNow(Number.POSITIVE_INFINITY);
  const scopes = hub.collect();
  assert.deepEqual(names(hub), ['orders.by_country', 'orders.sizes', 'stock.total', 'stock']);
  assert.deepEqual(valuesOf(scopes, 'orders.by_country'), [[{ country: 'DE' }, 4]]);
  assert.deepEqual(
    valuesOf(scopes, 'orders.sizes').map(([attributes, value]) => [
      attributes,
      (value as Histogram).buckets.counts,
    ]),
    [
      [{ country: 'DE', user: 'a' }, [1, 0]],
      [{ country: 'DE', user: 'b' }, [0, 1]],
    ],
  );
  assert.deepEqual(valuesOf(scopes, 'stock'), [
    [{ shelf: 1 }, 1],
    [{ shelf: 2 }, 2],
  ]);
  orders.remove({ country: 'DE', user: 'a' });
  assert.deepEqual(names(hub), ['orders.sizes', 'stock.total', 'stock']);
});

test('a view aggregates any synchronous instrument as a sum, a last value or a histogram', () => {
  const kinds = ['Counter', 'UpDownCounter', 'Histogram', 'Gauge'] as const;
  const aggregations = ['sum', 'lastValue', 'explicit', 'exponential'] as const;
  for (const kind of kinds) {
    for (const aggregation of aggregations) {
      const { meter, hub } = start({ selector: {}, aggregation });
      const instrument = meter[`create${kind}`]('x');
      const write = (value: number) =>
        'add' in instrument ? instrument.add(value) : instrument.record(value);
      for (const value of [5, 2]) write(value);
      const metric = metricNamed(hub.collect(), 'x');
      const type = {
        sum: DataPointType.SUM,
        lastValue: DataPointType.GAUGE,
        explicit: DataPointType.HISTOGRAM,
        exponential: DataPointType.EXPONENTIAL_HISTOGRAM,
      }[aggregation];
      assert.equal(metric.dataPointType, type, `${kind} ${aggregation}`);
      const value = metric.dataPoints[0]?.value;
      const expected = aggregation === 'lastValue' ? 2 : 7;
      assert.equal(typeof value === 'object' ? value.sum : value, expected, `${kind} ${aggregation}`);
      if (metric.dataPointType === DataPointType.SUM) {
        assert.equal(metric.isMonotonic, kind === 'Counter' || kind === 'Histogram');
      }
    }
  }
});

test('an instrument refuses negative values whatever a view makes of it', (t) => {
  const warnings = warningsOf(t);
  const { meter, hub } = start({ selector: {}, aggregation: 'lastValue' });
  const counter = meter.createCounter('c');
  counter.add(2);
  counter.add(-1);
  counter.bind().add(-1);
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{}, 2]]);
  assert.equal(warnings.length, 1);
});

test('observables are summed or shown as last values, and have no histograms', (t) => {
  const warnings = warningsOf(t);
  const { recorder, meter, hub } = start(
    { selector: { instrumentName: 'a' }, aggregation: 'sum' },
    { selector: { instrumentName: 'b' }, aggregation: 'lastValue' },
    { selector: { instrumentName: 'c' }, aggregation: 'exponential' },
  );
  meter.createObservableGauge('a').addCallback((result) => result.observe(1));
  meter.createObservableCounter('b').addCallback((result) => result.observe(2));
  meter.createObservableCounter('c').addCallback((result) => result.observe(3));
  recorder.observeNow(Number.POSITIVE_INFINITY);
  const scopes = hub.collect();
  assert.equal(metricNamed(scopes, 'a').dataPointType, DataPointType.SUM);
  assert.equal(metricNamed(scopes, 'b').dataPointType, DataPointType.GAUGE);
  assert.equal(metricNamed(scopes, 'c').dataPointType, DataPointType.SUM);
  assert.match(warnings.join(), /a view asks for a histogram of 'c'/);
});

test('of several views that make a stream of one name the first counts, with one warning', (t) => {
  const warnings = warningsOf(t);
  const { meter, hub } = start(
    { selector: { instrumentName: 'a' }, description: 'first' },
    { selector: {}, aggregation: 'drop' },
  );
  meter.createCounter('a').add(1);
  meter.createCounter('a').add(1);
  assert.deepEqual(valuesOf(hub.collect(), 'a'), [[{}, 2]]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /more than one view makes a stream 'a' of the instrument 'a'/);
});
