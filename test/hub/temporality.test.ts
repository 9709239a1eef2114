import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type Histogram,
  InstrumentType,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { TemporalityProducer } from '../../src/hub/temporality.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { producerOf } from '../record/collect.ts';
import { metricNamed } from '../record/points.ts';

const DELTA: AggregationTemporalitySelector = () => AggregationTemporality.DELTA;

function start(select: AggregationTemporalitySelector) {
  const recorder = new Recorder();
  const producer = new TemporalityProducer(producerOf(recorder), select);
  const read = async () => (await producer.collect()).resourceMetrics.scopeMetrics;
  return { meter: recorder.getMeter('test'), read };
}

test('delta points add up to what was recorded, however it is split into collections', async () => {
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
