import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  InstrumentType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { type Baseline, TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { exemplarsOf } from '../../../src/model/exemplars.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { metricNamed, valuesOf } from '../../app/record/helpers/points.ts';
import { inSpan, registerTracer } from '../../app/record/helpers/spans.ts';

const DELTA: AggregationTemporalitySelector = () => AggregationTemporality.DELTA;

function start(select: AggregationTemporalitySelector) {
  const recorder = new Recorder();
  const producer = new TemporalityProducer(producerOf(recorder), select);
  const read = async () => (await producer.collect()).resourceMetrics.scopeMetrics;
  return { meter: recorder.getMeter('test'), read };
}

test('delta points add up to the recorded values, however collections split them', async () => {
  const recordings = fc.array(
    fc.array(fc.tuple(fc.nat({ max: 1000 }), fc.constantFrom('a', 'b')), { maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(recordings, async (rounds) => {
      const { meter, read } = start(DELTA);
      const counter = meter.createCounter('c');
      const histogram = meter.createHistogram('h');
      const sums: Record<string, number> = {};
      const counts: Record<string, number> = {};
      for (const round of rounds) {
        for (const [value, id] of round) {
          counter.add(value, { id });
          histogram.record(value, { id });
        }
        for (const { dataPoints, descriptor, aggregationTemporality } of (await read()).flatMap(
          (s) => s.metrics,
        )) {
          assert.equal(aggregationTemporality, AggregationTemporality.DELTA);
          for (const { attributes, value } of dataPoints) {
            const id = String(attributes.id);
            if (descriptor.name === 'c') sums[id] = (sums[id] ?? 0) + (value as number);
            else counts[id] = (counts[id] ?? 0) + (value as Histogram).count;
          }
        }
      }
      for (const id of ['a', 'b']) {
        const values = rounds.flat().flatMap(([value, of]) => (of === id ? [value] : []));
        assert.equal(
          sums[id] ?? 0,
          values.reduce((sum, value) => sum + value, 0),
        );
        assert.equal(counts[id] ?? 0, values.length);
      }
    }),
    { numRuns: 50 },
  );
});

/** Counts by bucket of that scale, which is no finer than the histogram's. */
function countsAt(scale: number, { scale: own, positive }: ExponentialHistogram): [number, number][] {
  const counts = new Map<number, number>();
  positive.bucketCounts.forEach((count, i) => {
    const index = (positive.offset + i) >> (own - scale);
    if (count !== 0) counts.set(index, (counts.get(index) ?? 0) + count);
  });
  return [...counts].sort(([a], [b]) => a - b);
}

test('delta points of an exponential histogram add up to it, bucket by bucket, while its scale goes down', async () => {
  const value = fc.constantFrom(0, 10, 10_000, 2 ** 31 - 1).chain((max) => fc.nat({ max }));
  const rounds = fc.array(fc.array(value, { maxLength: 40, size: 'max' }), { maxLength: 8, size: 'max' });
  await fc.assert(
    fc.asyncProperty(rounds, async (given) => {
      const deltas = start(DELTA);
      const total = start(() => AggregationTemporality.CUMULATIVE);
      const advice = { exponential: true };
      const histograms = [deltas, total].map(({ meter }) => meter.createHistogram('h', { advice }));
      const read: ExponentialHistogram[] = [];
      for (const round of given) {
        for (const recorded of round) for (const histogram of histograms) histogram.record(recorded);
        const points = (await deltas.read())
          .flatMap(({ metrics }) => metrics)
          .flatMap(({ dataPoints }): readonly DataPoint<unknown>[] => dataPoints);
        assert.equal(points.length, round.length === 0 ? 0 : 1);
        for (const point of points) {
          const delta = point.value as ExponentialHistogram;
          assert.equal(delta.count, round.length);
          assert.equal(delta.zeroCount, round.filter((recorded) => recorded === 0).length);
          assert.notEqual(delta.positive.bucketCounts[0], 0);
          assert.notEqual(delta.positive.bucketCounts.at(-1), 0);
          read.push(delta);
        }
      }
      if (read.length === 0) return;
      const whole = metricNamed(await total.read(), 'h').dataPoints[0]?.value as ExponentialHistogram;
      assert.equal(
        read.reduce((sum, delta) => sum + (delta.sum ?? 0), 0),
        whole.sum,
      );
      const counts = new Map<number, number>();
      for (const delta of read.filter(({ positive }) => positive.bucketCounts.length > 0)) {
        for (const [index, count] of countsAt(whole.scale, delta)) {
          counts.set(index, (counts.get(index) ?? 0) + count);
        }
      }
      assert.deepEqual(
        [...counts].sort(([a], [b]) => a - b),
        countsAt(whole.scale, whole),
      );
    }),
    { numRuns: 300 },
  );
});

test('a delta point has the exemplars of its own time only', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  registerTracer(t);
  const { meter, read } = start(DELTA);
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [10, 20] } });
  for (const value of [5, 15, 25]) histogram.record(value, {}, inSpan(value));
  const exemplars = async () =>
    metricNamed(await read(), 'h').dataPoints.flatMap((point) =>
      exemplarsOf(point).map(({ value }) => value),
    );
  assert.deepEqual(await exemplars(), [5, 15, 25]);
  t.mock.timers.tick(1000);
  await read();
  histogram.record(16, {}, inSpan(16));
  t.mock.timers.tick(1000);
  assert.deepEqual(await exemplars(), [16]);
  histogram.record(17);
  assert.deepEqual(await exemplars(), []);
});

test('a delta point begins where the one before ended', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const { meter, read } = start(DELTA);
  const counter = meter.createCounter('c');
  counter.add(1);
  t.mock.timers.tick(1000);
  await read();
  counter.add(5);
  t.mock.timers.tick(1000);
  const [point] = metricNamed(await read(), 'c').dataPoints;
  assert.deepEqual([point?.startTime, point?.endTime, point?.value], [[2, 0], [3, 0], 5]);
});

test('a series without change is left out of a delta report', async () => {
  const { meter, read } = start(DELTA);
  meter.createCounter('c').add(1);
  await read();
  assert.deepEqual(await read(), []);
});

test('each kind of instrument has the temporality that the reader selects for it', async () => {
  const { meter, read } = start((type) =>
    type === InstrumentType.COUNTER ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  );
  const counter = meter.createCounter('c');
  const upDown = meter.createUpDownCounter('u');
  for (const value of [1, 2]) {
    counter.add(value);
    upDown.add(value);
    const scopes = await read();
    assert.equal(metricNamed(scopes, 'c').dataPoints[0]?.value, value);
    assert.equal(metricNamed(scopes, 'u').dataPoints[0]?.value, value === 1 ? 1 : 3);
  }
});

/** A counter of one series whose total and start (seconds) are as they are told. */
function startTotals(baseline?: Baseline) {
  const attributes = {};
  let end = 100;
  let point = { value: 0, start: 0 };
  const descriptor = {
    name: 'c',
    unit: '',
    description: '',
    valueType: ValueType.INT,
    type: InstrumentType.COUNTER,
  };
  const source: MetricProducer = {
    async collect() {
      const metric: MetricData = {
        descriptor,
        dataPointType: DataPointType.SUM,
        aggregationTemporality: AggregationTemporality.CUMULATIVE,
        isMonotonic: true,
        dataPoints: [{ attributes, startTime: [point.start, 0], endTime: [++end, 0], value: point.value }],
      };
      const scopeMetrics = [{ scope: { name: 'test' }, metrics: [metric] }];
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
  const producer = new TemporalityProducer(source, DELTA, { baseline });
  const read = async (value: number, start: number) => {
    point = { value, start };
    const { resourceMetrics } = await producer.collect();
    return resourceMetrics.scopeMetrics.flatMap((scope) => valuesOf([scope], 'c'));
  };
  return { producer, read };
}

test('a total that begins later began anew; one that begins earlier has been joined by another', async () => {
  const { read } = startTotals();
  assert.deepEqual(await read(10, 5), [[{}, 10]]);
  assert.deepEqual(await read(12, 3), [[{}, 2]]);
  assert.deepEqual(await read(4, 7), [[{}, 4]]);
});

test('a total that is short of some threads waits for them, and no difference is below zero', async () => {
  const first = startTotals();
  assert.deepEqual(await first.read(15, 3), [[{}, 15]]);
  const { producer, read } = startTotals(first.producer.baseline);
  assert.deepEqual(await read(10, 3), []);
  const third = startTotals(startTotals(producer.baseline).producer.baseline);
  assert.deepEqual(
    await third.read(16, 3),
    [[{}, 1]],
    'also in a third hub, and one that saw nothing between',
  );
  assert.deepEqual(await read(17, 3), [[{}, 2]]);
  // A value that stays lower is the new base.
  assert.deepEqual(await read(8, 3), []);
  assert.deepEqual(await read(9, 3), []);
  assert.deepEqual(await read(11, 3), [[{}, 2]]);
});
