import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../src/app/record/recorder.ts';
import { InternalMetrics, recordRecorders } from '../../src/hub/internal-metrics.ts';
import { CauseTotals } from '../../src/hub/stalls/cause-totals.ts';
import { Stalls } from '../../src/hub/stalls/stalls.ts';
import { producerOf } from '../app/record/helpers/collect.ts';
import { metricNamed, valuesOf } from '../app/record/helpers/points.ts';
import { ReadingHub } from '../app/record/helpers/reading-hub.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

test('the hub reports which instruments overflow, and how much memory the series of all threads take', async () => {
  const hubs = [new Recorder(), new Recorder()].map((recorder) => {
    recorder.configure({ seriesLimit: 3 });
    const counter = recorder.getMeter('test').createCounter('c');
    for (let id = 0; id < 5; id++) counter.add(1, { id });
    recorder.getMeter('test').createGauge('g').record(1);
    return new ReadingHub(recorder);
  });
  const reader = new Reader();
  recordRecorders(new MeterProvider({ readers: [reader] }).getMeter('pitot/hub'), () => {
    for (const hub of hubs) hub.drain();
    return hubs.map(({ registry }) => registry);
  });
  const { scopeMetrics } = (await reader.collect()).resourceMetrics;
  assert.deepEqual(valuesOf(scopeMetrics, 'pitot.series.overflow'), [[{ 'pitot.instrument.name': 'c' }, 1]]);
  // Three runs of two cells and one of three, of eight bytes each, in slabs of 32 KiB.
  const used = 2 * (3 * 2 + 3) * 8;
  assert.deepEqual(valuesOf(scopeMetrics, 'pitot.recorder.memory'), [
    [{ 'pitot.memory.state': 'used' }, used],
    [{ 'pitot.memory.state': 'free' }, 2 * 32_768 - used],
  ]);
  assert.equal(metricNamed(scopeMetrics, 'pitot.recorder.memory').descriptor.unit, 'By');
});

test('with more instruments than one metric has series, the largest have their own and one has the others', async () => {
  const recorder = new Recorder();
  const meter = recorder.getMeter('test');
  for (let i = 0; i < 2500; i++) meter.createGauge(`g${i}`).record(1);
  const largest = meter.createCounter('largest');
  for (let id = 0; id < 7; id++) largest.add(1, { id });
  const internal = new InternalMetrics(
    { stalls: new Stalls(500), causes: new CauseTotals(), since: 0 },
    () => [],
  );
  internal.countSeries(await producerOf(recorder).collect());
  const { scopeMetrics } = (await internal.collect()).resourceMetrics;
  const series = valuesOf(scopeMetrics, 'pitot.series');
  assert.ok(series.length <= 2000);
  assert.deepEqual(series[0], [{ 'pitot.instrument.name': 'largest' }, 7]);
  const rest = series.find(([attributes]) => 'otel.metric.overflow' in attributes)?.[1];
  assert.equal(rest, 2501 - (series.length - 1));
  const sum = series.reduce((all, [, value]) => all + Number(value), 0);
  assert.equal(sum, 2507);
  assert.deepEqual(valuesOf(scopeMetrics, 'pitot.series.overflow'), [
    [{ 'pitot.instrument.name': 'pitot.series' }, 1],
  ]);
});
