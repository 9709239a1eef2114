import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { emptyResource } from '@opentelemetry/resources';
import { AggregationTemporality, type DataPoint, type MetricData } from '@opentelemetry/sdk-metrics';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { warningsOf } from '../record/helpers/warnings.ts';
import { bridgedRegistry, client } from './helpers/bridged.ts';
import { collected, scraped } from './helpers/scraped.ts';

/** The points of the metric of that name, by their one label `a`. */
async function points(name: string): Promise<ReadonlyMap<unknown, DataPoint<unknown>>> {
  const metric = (await collected())
    .flatMap(({ metrics }) => metrics)
    .find((one) => one.descriptor.name === name);
  const all: readonly DataPoint<unknown>[] = metric?.dataPoints ?? [];
  return new Map(all.map((point) => [point.attributes.a, point]));
}

/** Milliseconds since the epoch. */
function startOf(point: DataPoint<unknown> | undefined): number {
  assert.ok(point, 'there is no such series');
  return point.startTime[0] * 1000 + point.startTime[1] / 1e6;
}

for (const kind of ['counter', 'histogram'] as const) {
  test(`a series of a ${kind} starts with the process, at the last poll, or with its last reset`, async (t) => {
    const registry = bridgedRegistry(t);
    const common = { name: 'm_total', help: 'help', labelNames: ['a'], registers: [registry] };
    const counter = kind === 'counter' ? new client.Counter(common) : undefined;
    const histogram = kind === 'histogram' ? new client.Histogram(common) : undefined;
    const record = (a: string, value: number) => {
      counter?.inc({ a }, value);
      for (let i = 0; i < value; i++) histogram?.observe({ a }, 1);
    };

    record('old', 5);
    const first = await points('m_total');
    const firstLook = Date.now();
    assert.equal(Math.round(startOf(first.get('old'))), Math.round(performance.timeOrigin));

    await pause(3);
    record('old', 5);
    record('new', 1);
    const second = await points('m_total');
    assert.equal(startOf(second.get('old')), startOf(first.get('old')));
    assert.ok(startOf(second.get('new')) > startOf(second.get('old')));
    assert.ok(startOf(second.get('new')) <= firstLook);

    await pause(3);
    const secondLook = Date.now();
    (counter ?? histogram)?.reset();
    record('old', 2);
    const third = await points('m_total');
    assert.deepEqual([...third.keys()], ['old']);
    assert.ok(startOf(third.get('old')) > startOf(second.get('new')));
    assert.ok(startOf(third.get('old')) <= secondLook);
  });
}

test('the differences that a push reader gets add up to the total', async (t) => {
  const registry = bridgedRegistry(t);
  const counter = new client.Counter({ name: 'm_total', help: 'help', registers: [registry] });
  const histogram = new client.Histogram({ name: 'h', help: 'help', buckets: [1, 2], registers: [registry] });
  const source = {
    collect: async () => ({
      resourceMetrics: { resource: emptyResource(), scopeMetrics: await collected() },
      errors: [],
    }),
  };
  const producer = new TemporalityProducer(source, () => AggregationTemporality.DELTA);
  let total = 0;
  const buckets = [0, 0, 0];
  let sum = 0;
  for (let round = 0; round < 20; round++) {
    counter.inc(round);
    if (round % 3 === 0) histogram.observe(round / 5);
    const { resourceMetrics } = await producer.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope): readonly MetricData[] => scope.metrics);
    for (const { descriptor, dataPoints } of metrics) {
      for (const { value } of dataPoints) {
        if (descriptor.name === 'm_total' && typeof value === 'number') total += value;
        if (descriptor.name !== 'h' || typeof value !== 'object' || !('buckets' in value)) continue;
        sum += value.sum ?? 0;
        for (const [i, count] of value.buckets.counts.entries()) buckets[i]! += count;
      }
    }
  }
  assert.equal(total, 190);
  assert.deepEqual(buckets, [2, 2, 3]);
  assert.ok(Math.abs(sum - 12.6) < 1e-9);
});

test('a histogram has no minimum and no maximum, because they are unknown', async (t) => {
  const registry = bridgedRegistry(t);
  new client.Histogram({ name: 'h', help: 'help', registers: [registry] }).observe(3);
  const [[, point] = []] = await points('h');
  assert.deepEqual(Object.keys(Object(point?.value)).sort(), ['buckets', 'count', 'sum']);
});

test('series beyond the limit are counted together, and totals stay right', async (t) => {
  const warnings = warningsOf(t);
  const registry = bridgedRegistry(t);
  const labelNames = ['a'];
  const counter = new client.Counter({ name: 'many_total', help: 'help', labelNames, registers: [registry] });
  const histogram = new client.Histogram({
    name: 'many',
    help: 'help',
    labelNames,
    buckets: [1],
    registers: [registry],
  });
  for (let round = 1; round <= 3; round++) {
    for (let i = 0; i < 2500; i++) {
      counter.inc({ a: `${i}` });
      histogram.observe({ a: `${i}` }, 2);
    }
    const { samples } = await scraped();
    const totals = samples.filter(({ name }) => name === 'many_total');
    assert.equal(totals.length, 2000);
    assert.equal(
      totals.reduce((sum, { value }) => sum + value, 0),
      2500 * round,
    );
    const counts = samples.filter(({ name }) => name === 'many_count');
    assert.equal(
      counts.reduce((sum, { value }) => sum + value, 0),
      2500 * round,
    );
    assert.equal(counts.find(({ labels }) => 'otel_metric_overflow' in labels)?.value, 501 * round);
  }
  assert.equal(
    warnings.filter((text) => text.includes('limit of 2000 series')).length,
    2,
    warnings.join('\n'),
  );
});
