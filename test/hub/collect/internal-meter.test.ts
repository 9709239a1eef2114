import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { type HubMeter, InternalMeter } from '../../../src/hub/collect/internal-meter.ts';
import { metricNamed } from '../../app/record/helpers/points.ts';

const SCOPE = { name: 'pitot/hub', version: '1' };
const UNIT = { unit: '{call}', description: 'Calls.', valueType: ValueType.INT };

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Records with the meter: some series twice, values on, between and above the boundaries. */
function record(meter: HubMeter): void {
  meter.createCounter('unused', UNIT);
  const counter = meter.createCounter('counter', UNIT);
  counter.add(0, { a: 'x', b: 1 });
  counter.add(2, { a: 'y', b: 1 });
  counter.add(3, { a: 'y', b: 1 });
  const inflight = meter.createUpDownCounter('inflight', UNIT);
  inflight.add(5, {});
  inflight.add(-7, {});
  const explicitBucketBoundaries = [1, 2.5, 5];
  const histogram = meter.createHistogram('histogram', { unit: 's', advice: { explicitBucketBoundaries } });
  for (const value of [0.5, 1, 2, 5, 7]) histogram.record(value, { a: 'x' });
  histogram.record(3, { a: 'y' });
  const without = { unit: 's', advice: { explicitBucketBoundaries: [] } };
  meter.createHistogram('without boundaries', without).record(3, {});
  meter.createObservableCounter('total', UNIT).addCallback((result) => result.observe(4, { a: 'x' }));
  meter.createObservableUpDownCounter('size', UNIT).addCallback((result) => {
    result.observe(1, { state: 'free' });
    result.observe(2, { state: 'used' });
  });
  meter.createObservableGauge('gauge', { unit: 's' }).addCallback((result) => result.observe(0.5, {}));
  meter.createObservableGauge('none', { unit: 's' }).addCallback(() => {});
}

test("the hub's meter gives the MetricData that OpenTelemetry's SDK gives", async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  const meter = new InternalMeter(SCOPE, Date.now());
  record(meter);
  const reader = new Reader();
  record(new MeterProvider({ readers: [reader] }).getMeter(SCOPE.name, SCOPE.version));
  for (let i = 0; i < 2; i++) {
    t.mock.timers.setTime(1_700_000_000_000 + i * 1000);
    const { scopeMetrics } = (await reader.collect()).resourceMetrics;
    const { scopeMetrics: own, errors } = meter.collect();
    assert.deepEqual(errors, []);
    assert.deepEqual(plain(own), plain(scopeMetrics));
  }
});

/** Without what the SDK leaves undefined. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === 'advice' ? undefined : one)));
}

test('a series that a callback no longer reports is gone, and keeps its attributes object until then', () => {
  const meter = new InternalMeter(SCOPE, 0);
  let names = ['a', 'b'];
  meter.createObservableGauge('gauge', {}).addCallback((result) => {
    for (const name of names) result.observe(1, { name });
  });
  const attributes = () =>
    meter
      .collect()
      .scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ dataPoints }) => dataPoints.map((point) => point.attributes)),
      );
  const [first] = attributes();
  names = ['a'];
  const later = attributes();
  assert.deepEqual(later, [{ name: 'a' }]);
  assert.equal(later[0], first);
});

test('observable counters begin when the first hub did, and a callback that throws loses its own metric', () => {
  const meter = new InternalMeter(SCOPE, 1500);
  meter.createObservableCounter('total', {}).addCallback((result) => result.observe(1, {}));
  meter.createObservableGauge('broken', {}).addCallback(() => {
    throw new Error('broken');
  });
  const { scopeMetrics, errors } = meter.collect();
  assert.deepEqual(
    scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
    ['total'],
  );
  assert.deepEqual(metricNamed(scopeMetrics, 'total').dataPoints[0]?.startTime, [1, 500_000_000]);
  assert.deepEqual(errors, [new Error('broken')]);
});

test('beyond 2,000 series of an instrument one series has the others', () => {
  const meter = new InternalMeter(SCOPE, 0);
  const counter = meter.createCounter('counter', {});
  for (let id = 0; id < 3000; id++) counter.add(1, { id });
  const [scope] = meter.collect().scopeMetrics;
  const points = scope?.metrics[0]?.dataPoints ?? [];
  assert.equal(points.length, 2000);
  assert.deepEqual(points.at(-1)?.attributes, { 'otel.metric.overflow': true });
  assert.equal(points.at(-1)?.value, 1001);
});
