import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import {
  addExponentialHistograms,
  MAX_BUCKETS,
  subtractExponentialHistograms,
} from '../../src/model/exponential-histogram.ts';
import { bucketIndex, MAX_SCALE } from '../../src/model/exponential-index.ts';

type Buckets = ExponentialHistogram['positive'];

const buckets = fc.record({
  offset: fc.integer({ min: -300, max: 300 }),
  bucketCounts: fc
    .array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 })
    .map((counts) => (counts.some((count) => count > 0) ? counts : [])),
});
const histogram: fc.Arbitrary<ExponentialHistogram> = fc
  .record({
    scale: fc.integer({ min: -4, max: 10 }),
    zeroCount: fc.nat(5),
    positive: buckets,
    negative: buckets,
    sum: fc.integer({ min: -100, max: 100 }),
  })
  .map((parts) => ({ ...parts, count: parts.zeroCount + total(parts.positive) + total(parts.negative) }));

/** A histogram of one value, at the finest scale. */
function single(value: number): ExponentialHistogram {
  const positive = { offset: bucketIndex(value, MAX_SCALE), bucketCounts: [1] };
  const negative = { offset: 0, bucketCounts: [] };
  return {
    count: 1,
    sum: value,
    min: value,
    max: value,
    scale: MAX_SCALE,
    zeroCount: 0,
    positive,
    negative,
  };
}

function total({ bucketCounts }: Buckets): number {
  return bucketCounts.reduce((sum, count) => sum + count, 0);
}

function sizeOf({ positive, negative }: ExponentialHistogram): number {
  return Math.max(positive.bucketCounts.length, negative.bucketCounts.length);
}

/** Without empty buckets at the ends, which say nothing. */
function canonical(value: ExponentialHistogram): unknown {
  const trim = ({ offset, bucketCounts }: Buckets) => {
    const first = bucketCounts.findIndex((count) => count > 0);
    if (first === -1) return { bucketCounts: [] };
    const last = bucketCounts.findLastIndex((count) => count > 0);
    return { offset: offset + first, bucketCounts: bucketCounts.slice(first, last + 1) };
  };
  return { ...value, positive: trim(value.positive), negative: trim(value.negative) };
}

function isWithoutBuckets({ positive, negative }: ExponentialHistogram): boolean {
  return total(positive) + total(negative) === 0;
}

function finestScale(value: ExponentialHistogram): number {
  return isWithoutBuckets(value) ? Number.POSITIVE_INFINITY : value.scale;
}

describe('a sum of exponential histograms', () => {
  test('is the same in any order, has a common scale, and keeps every count', () => {
    fc.assert(
      fc.property(histogram, histogram, histogram, (a, b, c) => {
        assert.deepEqual(
          canonical(addExponentialHistograms(a, b)),
          canonical(addExponentialHistograms(b, a)),
        );
        const left = addExponentialHistograms(addExponentialHistograms(a, b), c);
        const right = addExponentialHistograms(a, addExponentialHistograms(b, c));
        assert.deepEqual(canonical(left), canonical(right));
        assert.equal(left.count, a.count + b.count + c.count);
        assert.equal(left.zeroCount + total(left.positive) + total(left.negative), left.count);
        assert.ok(left.scale <= Math.min(...[a, b, c].map(finestScale)) || isWithoutBuckets(left));
        assert.ok(sizeOf(left) <= MAX_BUCKETS);
      }),
    );
  });

  const value = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });
  test('has each value in the bucket of its index, from 5e-324 to 1e308', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const sum = values.map(single).reduce(addExponentialHistograms);
        assert.ok(sizeOf(sum) <= MAX_BUCKETS);
        const expected = new Map<number, number>();
        for (const one of values) {
          const index = bucketIndex(one, MAX_SCALE) >> (MAX_SCALE - sum.scale);
          expected.set(index, (expected.get(index) ?? 0) + 1);
        }
        sum.positive.bucketCounts.forEach((count, i) => {
          assert.equal(count, expected.get(sum.positive.offset + i) ?? 0);
        });
        assert.equal(total(sum.positive), values.length);
      }),
    );
  });

  test('needs next to no memory, however far apart the values are', async () => {
    // A thread with a small heap ends when a sum allocates the buckets in between, of which there may be 2^31.
    const module = new URL('../../src/model/exponential-histogram.ts', import.meta.url);
    const given = [5e-324, 1e-300, 1e-3, 1, 30, 1e300, 1e308].map(single);
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       import(workerData.module).then(({ addExponentialHistograms: add, subtractExponentialHistograms: subtract }) => {
         const sums = workerData.given.flatMap((a) => workerData.given.map((b) => add(a, b)));
         const differences = sums.flatMap((sum) => workerData.given.map((one) => subtract(sum, one) ?? sum));
         const sizes = [...sums, ...differences].map(({ positive }) => positive.bucketCounts.length);
         parentPort.postMessage(Math.max(...sizes));
       });`,
      {
        eval: true,
        resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
        workerData: { module: module.href, given },
      },
    );
    const largest = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.ok(Number(largest) > 1 && Number(largest) <= MAX_BUCKETS, `a histogram with ${largest} buckets`);
  });

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

  test('has the coarser of their scales', () => {
    const sum = {
      count: 15,
      sum: 15,
      scale: 1,
      zeroCount: 5,
      positive: { offset: -1, bucketCounts: [1, 4, 3] },
      negative: { offset: 2, bucketCounts: [2] },
    };
    assert.deepEqual(addExponentialHistograms(FINE, COARSE), sum);
    assert.deepEqual(addExponentialHistograms(COARSE, FINE), sum);
  });

  test('has the scale of the histogram with buckets', () => {
    assert.deepEqual(addExponentialHistograms(FINE, EMPTY), { ...FINE, count: 9, zeroCount: 4 });
    assert.deepEqual(addExponentialHistograms(EMPTY, FINE), { ...FINE, count: 9, zeroCount: 4 });
    assert.deepEqual(addExponentialHistograms(EMPTY, EMPTY), { ...EMPTY, count: 6, zeroCount: 6 });
  });

  test('has no sum of values when one of them does not know its own', () => {
    const { sum: _, ...sumless } = FINE;
    assert.equal(Object.hasOwn(addExponentialHistograms(sumless, COARSE), 'sum'), false);
  });
});

describe('a difference of exponential histograms', () => {
  test('equals the values added to the earlier histogram', () => {
    fc.assert(
      fc.property(histogram, histogram, (before, added) => {
        const now = addExponentialHistograms(before, added);
        const difference = subtractExponentialHistograms(now, before);
        if (added.count === 0) {
          assert.equal(difference, undefined);
          return;
        }
        assert.ok(difference !== undefined);
        const { min: _, max: __, ...again } = addExponentialHistograms(difference, before);
        assert.deepEqual(canonical(again), canonical(now));
      }),
    );
  });

  test('is not made to a state that is not an earlier one', () => {
    const of = (scale: number, offset: number, bucketCounts: number[]): ExponentialHistogram => {
      const positive = { offset, bucketCounts };
      const negative = { offset: 0, bucketCounts: [] };
      return { count: total(positive), sum: 0, scale, zeroCount: 0, positive, negative };
    };
    // Which of the counts of a coarser scale are in which bucket is not known.
    assert.equal(subtractExponentialHistograms(of(3, 8, [5, 5]), of(1, 2, [4])), undefined);
    assert.equal(subtractExponentialHistograms(of(3, 8, [5, 5]), of(3, 2 ** 30, [4])), undefined);
    assert.equal(subtractExponentialHistograms(of(3, 8, [5, 5]), of(3, -(2 ** 30), [4])), undefined);
    assert.deepEqual(
      subtractExponentialHistograms(of(1, 2, [5, 5]), of(3, 8, [4]))?.positive,
      of(1, 2, [1, 5]).positive,
    );
  });
});
