import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes, HrTime } from '@opentelemetry/api';
import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { Readings } from '../../../src/hub/page/readings.ts';
import { resultOf } from '../../harness/result-of.ts';
import { counter, gauge, histogram, scope } from '../expose/helpers/metrics.ts';

/** The metrics as they were begun at this time, in milliseconds since the epoch. */
function begunAt(start: number, ...metrics: MetricData[]): ScopeMetrics[] {
  const startTime: HrTime = [Math.floor(start / 1000), (start % 1000) * 1e6];
  const begun = metrics.map((metric) => {
    const dataPoints = metric.dataPoints.map((point) => ({ ...point, startTime }));
    return { ...metric, dataPoints } as MetricData;
  });
  return [scope('s', ...begun)];
}

const hits = (value: number) => counter({ name: 'hits' }, [{ a: 1 }, value]);

function increases(
  ...steps: readonly (readonly [start: number, metric: MetricData | undefined, at: number])[]
) {
  const readings = new Readings();
  return steps.map(([start, metric, at]) => {
    const [reading] = resultOf(readings.take(metric === undefined ? [] : begunAt(start, metric), at));
    return reading?.series[0]?.increase;
  });
}

test('the increase of the first reading is unknown', () => {
  assert.deepEqual(increases([0, hits(7), 1000], [0, hits(9), 2000]), [undefined, 2]);
});

test('the whole value of a series that began after the last reading is its increase', () => {
  assert.deepEqual(increases([0, undefined, 1000], [1500, hits(3), 2000]), [undefined, 3]);
  assert.deepEqual(increases([0, undefined, 1000], [500, hits(3), 2000]), [undefined, undefined]);
});

test('the whole value of a restarted series is its increase, whether it is smaller or not', () => {
  assert.deepEqual(increases([0, hits(5), 1000], [1500, hits(2), 2000]), [undefined, 2]);
  assert.deepEqual(increases([0, hits(5), 1000], [1500, hits(6), 2000]), [undefined, 6]);
  assert.deepEqual(increases([0, hits(5), 1000], [0, hits(1), 2000]), [undefined, 1]);
});

test('a series that was absent for a moment continues from its last value', () => {
  assert.deepEqual(increases([0, hits(5), 1000], [0, undefined, 2000], [0, hits(8), 3000]), [
    undefined,
    undefined,
    3,
  ]);
});

test('a gauge has no increase', () => {
  const [reading] = resultOf(new Readings().take([scope('s', gauge({ name: 'g' }, [{}, 4]))], 1000));
  assert.equal(reading?.series[0]?.value, 4);
  assert.equal(reading?.series[0]?.increase, undefined);
});

test('the increase of a histogram is that of its buckets', () => {
  const readings = new Readings();
  const h = (...counts: number[]) => histogram({ name: 'h' }, [{}, { boundaries: [1, 2], counts, sum: 0 }]);
  resultOf(readings.take([scope('s', h(1, 2, 3))], Date.now()));
  const [reading] = resultOf(readings.take([scope('s', h(1, 4, 4))], Date.now()));
  assert.equal(reading?.series[0]?.increase, 3);
  assert.deepEqual(reading?.series[0]?.distribution?.counts, [0, 2, 1]);
});

test('the same instrument of two scopes is one metric', () => {
  const read = resultOf(new Readings().take([scope('a', hits(1)), scope('b', hits(2))], 1000));
  assert.deepEqual(
    read.map(({ name, series }) => [name, series.length]),
    [['hits', 2]],
  );
});

/** A series gets this much; in some steps only the others report. */
const step = fc.record({ id: fc.nat(4), adds: fc.nat(9), isRead: fc.boolean(), isAbsent: fc.boolean() });

test('series are read the same whether they come as columns or as points', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const recorder = new Recorder();
      const registry = new SeriesRegistry();
      recorder.attach((message) => registry.apply(structuredClone(message)));
      const meter = recorder.getMeter('test');
      const counted = meter.createCounter('counted');
      const level = meter.createGauge('level');
      const [columns, points] = [new Readings(), new Readings()];
      let now = Date.now();
      for (const { id, adds, isRead, isAbsent } of steps) {
        counted.add(adds, { id });
        level.record(adds, { id });
        if (!isRead) continue;
        now += 2000;
        const all = isAbsent ? [] : snapshot(registry);
        // A copy of a metric has no columns.
        const copies = all.map((each) => ({ ...each, metrics: each.metrics.map((one) => ({ ...one })) }));
        assert.deepEqual(resultOf(columns.take(all, now)), resultOf(points.take(copies, now)));
      }
    }),
  );
});

test('many series are read in pieces, between which others can be answered', () => {
  const series = Array.from({ length: 10_000 }, (_, id): [Attributes, number] => [{ id }, id]);
  const work = new Readings().take([scope('s', counter({ name: 'hits' }, ...series))], 1000);
  let pieces = 0;
  while (!work.next().done) pieces++;
  assert.ok(pieces >= 50, `${pieces} pieces`);
});
