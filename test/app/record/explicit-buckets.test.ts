import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { readerOf } from './helpers/collect.ts';
import { histogramNamed } from './helpers/points.ts';

test('a value belongs to the first bucket whose boundary is not below it, however many there are', async () => {
  const boundaries = fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    comparator: (a, b) => a === b,
    maxLength: 40,
    size: 'max',
  });
  const given = boundaries.chain((bounds) => {
    const value = fc
      .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, ...bounds))
      .map(Math.abs);
    return fc.tuple(
      fc.constant(bounds.toSorted((a, b) => a - b)),
      fc.array(value, { minLength: 1, maxLength: 60, size: 'max' }),
    );
  });
  await fc.assert(
    fc.asyncProperty(given, async ([bounds, values]) => {
      const recorder = new Recorder();
      const read = readerOf(recorder);
      const histogram = recorder
        .getMeter('test')
        .createHistogram('h', { advice: { explicitBucketBoundaries: bounds } });
      for (const value of values) histogram.record(value);
      const expected = new Array<number>(bounds.length + 1).fill(0);
      for (const value of values) {
        const bucket = bounds.findIndex((bound) => value <= bound);
        expected[bucket === -1 ? bounds.length : bucket]! += 1;
      }
      const { buckets }: Histogram = histogramNamed(await read(), 'h');
      assert.deepEqual(buckets, { boundaries: bounds, counts: expected });
    }),
    { numRuns: 500 },
  );
});
