import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { classicBoundaries, ExponentialDistribution } from '../../../src/hub/expose/exponential.ts';
import { downscaled } from '../../../src/model/exponential-histogram.ts';
import { bucketIndex } from '../../../src/model/exponential-index.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { exponential } from './helpers/hostile.ts';
import { encode, translate } from './helpers/translated.ts';

const FINE: ExponentialHistogram = {
  count: 6,
  sum: 10,
  scale: 2,
  zeroCount: 1,
  positive: { offset: -1, bucketCounts: [1, 0, 2] },
  negative: { offset: 4, bucketCounts: [2] },
};
const COARSE: ExponentialHistogram = {
  count: 9,
  sum: 5,
  scale: 1,
  zeroCount: 4,
  positive: { offset: 0, bucketCounts: [2, 3] },
  negative: { offset: 0, bucketCounts: [] },
};
test('a coarser scale has the same values in fewer buckets', () => {
  assert.deepEqual(downscaled(FINE, 0), {
    ...FINE,
    scale: 0,
    positive: { offset: -1, bucketCounts: [1, 2] },
    negative: { offset: 1, bucketCounts: [2] },
  });
  assert.equal(downscaled(COARSE, 2), COARSE);
});

/** The histogram of these values at a scale. */
function histogramOf(values: readonly number[], scale: number): ExponentialHistogram {
  const run = (some: readonly number[]) => {
    const indices = some.map((value) => bucketIndex(value, scale));
    if (indices.length === 0) return { offset: 0, bucketCounts: [] };
    const offset = Math.min(...indices);
    const bucketCounts = new Array<number>(Math.max(...indices) - offset + 1).fill(0);
    for (const index of indices) bucketCounts[index - offset]! += 1;
    return { offset, bucketCounts };
  };
  return {
    count: values.length,
    sum: values.reduce((a, b) => a + b, 0),
    scale,
    zeroCount: values.filter((value) => value === 0).length,
    positive: run(values.filter((value) => value > 0)),
    negative: run(values.filter((value) => value < 0).map((value) => -value)),
  };
}

function cumulative({ counts }: { readonly counts: readonly number[] }): number[] {
  let total = 0;
  return counts.map((count) => {
    total += count;
    return total;
  });
}

const scale = fc.integer({ min: -2, max: 6 });
/** Without subnormal numbers, which count as the smallest normal one. (Metrics data model, "Exponential Buckets") */
const number = fc
  .oneof(fc.double({ min: -64, max: 64, noNaN: true }), fc.integer({ min: -8, max: 8 }))
  .map((value) => (Math.abs(value) < 2 ** -1022 ? 0 : value));
const values = fc.array(number, { maxLength: 30 });
const boundaries = fc
  .uniqueArray(number, { maxLength: 8 })
  .map((list) => [...new Set(list.map((bound) => bound + 0))].sort((a, b) => a - b));

test('a cumulative count has every value up to its boundary, and no other by more than a bucket', () => {
  fc.assert(
    fc.property(values, scale, boundaries, (recorded, at, bounds) => {
      const counts = cumulative(new ExponentialDistribution(histogramOf(recorded, at), bounds));
      const width = 2 ** (2 ** -at) * (1 + 1e-9);
      bounds.forEach((bound, i) => {
        const limit = bound < 0 ? bound / width : bound * width;
        const least = recorded.filter((value) => value <= bound).length;
        const most = recorded.filter((value) => value <= limit).length;
        assert.ok(counts[i]! >= least && counts[i]! <= most, `${bound}: ${least} ≤ ${counts[i]} ≤ ${most}`);
      });
      assert.equal(counts.at(-1), recorded.length);
    }),
    { numRuns: 500 },
  );
});

test('at powers of two a cumulative count is exact', () => {
  const powers = Array.from({ length: 13 }, (_, i) => 2 ** (i - 6));
  fc.assert(
    fc.property(values, fc.nat(12), (recorded, at) => {
      const counts = cumulative(new ExponentialDistribution(histogramOf(recorded, at), powers));
      powers.forEach((power, i) => {
        assert.equal(counts[i], recorded.filter((value) => value <= power).length);
      });
    }),
  );
});

test('a coarser scale lets no cumulative count fall', () => {
  fc.assert(
    fc.property(values, scale, fc.nat(5), boundaries, (recorded, at, halvings, bounds) => {
      const fine = histogramOf(recorded, at);
      const before = cumulative(new ExponentialDistribution(fine, bounds));
      const after = cumulative(new ExponentialDistribution(downscaled(fine, at - halvings), bounds));
      after.forEach((count, i) => {
        assert.ok(count >= before[i]!, `${bounds[i]}: ${before[i]}, then ${count}`);
      });
    }),
    { numRuns: 500 },
  );
});

test('hostile histograms lose no values', () => {
  fc.assert(
    fc.property(exponential, fc.constantFrom('s', 'By', ''), (point, unit) => {
      const { counts } = new ExponentialDistribution(point, classicBoundaries({ unit }));
      assert.equal(cumulative({ counts }).at(-1), point.count);
    }),
  );
});

test('the buckets of a histogram stay the same when its range widens', async () => {
  const recorder = new Recorder();
  const meter = recorder.getMeter('m');
  const advice = { exponential: true };
  const histograms = [
    meter.createHistogram('by.unit', { unit: 's', advice }),
    meter.createHistogram('by.advice', {
      unit: 's',
      advice: { ...advice, explicitBucketBoundaries: [0.1, 1] },
    }),
  ];
  const producer = producerOf(recorder);
  const buckets = async () => {
    const { resourceMetrics } = await producer.collect();
    return [
      ...encode(translate(resourceMetrics).families).matchAll(/^(\S+_bucket\{le="\S+"\}) (\d+)$/gm),
    ].map(([, series = '', count]) => [series, Number(count)] as const);
  };
  for (const histogram of histograms) for (let i = 0; i < 9; i++) histogram.record(0.009);
  const before = await buckets();
  for (const histogram of histograms) for (const value of [0.05, 100]) histogram.record(value);
  const after = await buckets();
  assert.deepEqual(
    after.map(([series]) => series),
    before.map(([series]) => series),
  );
  const at = (series: string) => [before, after].map((list) => new Map(list).get(series));
  assert.deepEqual(at('by_advice_seconds_bucket{le="0.1"}'), [9, 10]);
  assert.deepEqual(at('by_advice_seconds_bucket{le="1"}'), [9, 10]);
  assert.deepEqual(at('by_advice_seconds_bucket{le="+Inf"}'), [9, 11]);
  assert.deepEqual(at('by_unit_seconds_bucket{le="0.0078125"}'), [0, 0]);
  assert.deepEqual(at('by_unit_seconds_bucket{le="0.015625"}'), [9, 9]);
  assert.deepEqual(at('by_unit_seconds_bucket{le="0.0625"}'), [9, 10]);
  assert.deepEqual(at('by_unit_seconds_bucket{le="128"}'), [9, 11]);
});
