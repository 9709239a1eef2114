import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { ExponentialDistribution } from '../../../src/hub/expose/exponential.ts';
import { downscaled } from '../../../src/model/exponential-histogram.ts';
import { exponential } from './helpers/hostile.ts';

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
