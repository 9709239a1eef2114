import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  Buckets,
  difference,
  exponentialDistribution,
  quantile,
  sumOfDistributions,
} from '../../../src/hub/page/distribution.ts';

const INF = Number.POSITIVE_INFINITY;

test('a quantile is that of histogram_quantile, or a bound where its bucket is open', () => {
  const bounds = [1, 2, 4, INF];
  assert.deepEqual(quantile(0.5, { bounds, counts: [0, 10, 0, 0] }), { value: 1.5 });
  assert.deepEqual(quantile(0.9, { bounds, counts: [5, 0, 5, 0] }), { value: 3.6 });
  assert.deepEqual(quantile(0.5, { bounds, counts: [10, 0, 0, 0] }), { value: 1, bound: 'atMost' });
  assert.deepEqual(quantile(0.5, { bounds: [0, 5, INF], counts: [0, 9, 0] }), { value: 5, bound: 'atMost' });
  assert.deepEqual(quantile(0.95, { bounds, counts: [0, 0, 0, 9] }), { value: 4, bound: 'above' });
  assert.equal(quantile(0.5, { bounds, counts: [0, 0, 0, 0] }), undefined);
  assert.equal(quantile(0.5, { bounds: [INF], counts: [3] }), undefined);
});

test('a distribution that is added to a sum can be subtracted again', () => {
  const distribution = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1 }).chain((bounds) =>
    fc.array(fc.nat(100), { minLength: bounds.length, maxLength: bounds.length }).map((counts) => ({
      bounds: bounds.toSorted((a, b) => a - b),
      counts,
    })),
  );
  fc.assert(
    fc.property(distribution, distribution, (a, b) => {
      const sum = new Buckets();
      sum.add(a, 1);
      sum.add(b, 1);
      sum.add(b, -1);
      assert.equal(quantile(0.5, sum.distribution()) === undefined, quantile(0.5, a) === undefined);
      const total = sum.distribution().counts.reduce((all, count) => all + count, 0);
      assert.equal(
        total,
        a.counts.reduce((all, count) => all + count, 0),
      );
    }),
  );
});

test('a quantile of exponential buckets is within a bucket of the value', () => {
  const index = (value: number) => Math.ceil(Math.log2(value) * 2 ** 5) - 1;
  const of = (value: number, count: number) => ({
    sum: value * count,
    count,
    scale: 5,
    zeroCount: 0,
    positive: { offset: index(value), bucketCounts: [count] },
    negative: { offset: 0, bucketCounts: [] },
  });
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (value, q) => {
        const found = quantile(q, exponentialDistribution(of(value, 100)))?.value ?? 0;
        assert.ok(Math.abs(Math.log2(found / value)) <= 1 / 8 + 1e-9, `${found} for ${value}`);
      },
    ),
  );
});

test('the sum of distributions is one distribution, with the bounds of all', () => {
  assert.equal(sumOfDistributions([]), undefined);
  const a = { bounds: [1, 2, INF], counts: [1, 2, 3] };
  assert.deepEqual(sumOfDistributions([a, { bounds: [1, 3, INF], counts: [1, 1, 1] }, a]), {
    bounds: [1, 2, 3, INF],
    counts: [3, 4, 1, 7],
  });
});

test('the increase of exponential buckets that have been merged is that of the merged buckets', () => {
  const before = {
    sum: 0,
    count: 4,
    scale: 3,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [1, 1, 1, 1] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const now = {
    sum: 0,
    count: 6,
    scale: 2,
    zeroCount: 0,
    positive: { offset: 0, bucketCounts: [2, 4] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const added = difference(exponentialDistribution(now), exponentialDistribution(before));
  assert.equal(
    added.counts.reduce((sum, count) => sum + count, 0),
    2,
  );
});
