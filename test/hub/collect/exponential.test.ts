import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { subtractExponential } from '../../../src/hub/collect/exponential.ts';

function histogram(scale: number, offset: number, bucketCounts: number[]): ExponentialHistogram {
  const count = bucketCounts.reduce((sum, one) => sum + one, 0);
  const negative = { offset: 0, bucketCounts: [] };
  return { count, sum: count, scale, zeroCount: 0, positive: { offset, bucketCounts }, negative };
}

test('no difference is made to a state of a coarser scale: which of its counts are in which bucket is not known', () => {
  assert.equal(subtractExponential(histogram(3, 8, [5, 5]), histogram(1, 2, [4])), undefined);
  assert.deepEqual(
    subtractExponential(histogram(1, 2, [5, 5]), histogram(3, 8, [4]))?.positive,
    histogram(1, 2, [1, 5]).positive,
  );
});
