import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { addExponential, downscaled, ExponentialDistribution } from '../../src/expose/exponential.ts';
import { exponential } from './hostile.ts';

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
const EMPTY: ExponentialHistogram = {
  count: 3,
  sum: 0,
  scale: 0,
  zeroCount: 3,
  positive: { offset: 0, bucketCounts: [] },
  negative: { offset: 0, bucketCounts: [] },
};

test('histograms are added at the coarser of their scales', () => {
  const sum = {
    count: 15,
    sum: 15,
    scale: 1,
    zeroCount: 5,
    positive: { offset: -1, bucketCounts: [1, 4, 3] },
    negative: { offset: 2, bucketCounts: [2] },
  };
  assert.deepEqual(addExponential(FINE, COARSE), sum);
  assert.deepEqual(addExponential(COARSE, FINE), sum);
});

test('a histogram without buckets leaves the scale of the other as it is', () => {
  assert.deepEqual(addExponential(FINE, EMPTY), { ...FINE, count: 9, zeroCount: 4 });
  assert.deepEqual(addExponential(EMPTY, FINE), { ...FINE, count: 9, zeroCount: 4 });
  assert.deepEqual(addExponential(EMPTY, EMPTY), { ...EMPTY, count: 6, zeroCount: 6 });
});

test('of a sum that is not known, neither is the total', () => {
  const { sum: _, ...sumless } = FINE;
  assert.equal(Object.hasOwn(addExponential(sumless, COARSE), 'sum'), false);
});

test('a coarser scale has the same values in fewer buckets', () => {
  assert.deepEqual(downscaled(FINE, 0), {
    ...FINE,
    scale: 0,
    positive: { offset: -1, bucketCounts: [1, 2] },
    negative: { offset: 1, bucketCounts: [2] },
  });
  assert.equal(downscaled(COARSE, 2), COARSE);
});

test('adding loses no values, whatever is added', () => {
  fc.assert(
    fc.property(exponential, exponential, (a, b) => {
      const { count, zeroCount, positive, negative } = addExponential(a, b);
      assert.equal(count, a.count + b.count);
      const counted = [...positive.bucketCounts, ...negative.bucketCounts].reduce((x, y) => x + y, zeroCount);
      assert.equal(counted, count);
    }),
  );
});

test('classic buckets lose no values, ascend, and lie on one grid for all scales finer than it', () => {
  fc.assert(
    fc.property(exponential, (point) => {
      const { boundaries, counts, sum } = new ExponentialDistribution(point);
      assert.equal(sum, point.sum);
      assert.equal(counts.length, boundaries.length + 1);
      assert.equal(
        counts.reduce((a, b) => a + b, 0),
        point.count,
      );
      boundaries.forEach((boundary, i) => {
        assert.ok(i === 0 || boundary > (boundaries[i - 1] ?? Number.NaN));
        const exponent = Math.log2(Math.abs(boundary)) * 4;
        // Zero and infinity are on no grid, and subnormal numbers are not where they should be.
        const isNormal = Number.isFinite(exponent) && exponent >= -1022 * 4;
        assert.ok(!isNormal || Math.abs(exponent - Math.round(exponent)) < 1e-9, String(boundary));
      });
    }),
    { numRuns: 1000 },
  );
});
