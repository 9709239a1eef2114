import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataPointType } from '@opentelemetry/sdk-metrics';
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

test('of what is dropped nothing is exported, whatever kind it is and whatever is done with it', () => {
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
  recorder.observeNow();
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

test('where several views choose an instrument the first counts, with one warning', (t) => {
  const warnings = warningsOf(t);
  const { meter, hub } = start(
    { selector: { instrumentName: 'a' }, name: 'first' },
    { selector: {}, name: 'second' },
  );
  meter.createCounter('a').add(1);
  meter.createCounter('a').add(1);
  assert.deepEqual(valuesOf(hub.collect(), 'first'), [[{}, 2]]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /'a' is chosen by more than one view/);
});
