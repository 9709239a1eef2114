import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { areAscending, areEqual } from '../../model/boundaries.ts';

/**
 * A histogram with classic buckets. `counts` has one more item than `boundaries`, for values above the last
 * boundary. Its items are not cumulative. Their sum is the total count, which is stored nowhere else.
 */
export interface Buckets {
  /** Inclusive upper bounds, finite or -Infinity, strictly ascending. */
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
  /** Absent if the instrument may record negative values, so that the sum could fall. */
  readonly sum: number | undefined;
}

/** A histogram in any format. One with exponential buckets has these too. */
export interface Distribution extends Buckets {
  readonly exponential?: ExponentialHistogram;
}

/**
 * The point's buckets. If the boundaries equal those of the last call, they are the same array, so that encoders
 * can cache the text of boundaries.
 */
export function createBucketReader(): (point: Histogram) => Buckets {
  let last: readonly number[] = [];
  return ({ buckets, sum }) => {
    if (!areEqual(buckets.boundaries, last)) {
      if (!areAscending(buckets.boundaries)) return ascending(buckets.boundaries, buckets.counts, sum);
      last = buckets.boundaries;
    }
    return { boundaries: last, counts: buckets.counts, sum };
  };
}

/** The sum of both histograms; undefined if their boundaries differ. */
export function addBuckets(a: Buckets, b: Buckets): Buckets | undefined {
  if (!areEqual(a.boundaries, b.boundaries)) return undefined;
  return {
    boundaries: a.boundaries,
    counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0)),
    sum: addSums(a.sum, b.sum),
  };
}

function addSums(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** Boundaries in ascending order without duplicates. Those that are not finite join the last bucket. */
function ascending(
  boundaries: readonly number[],
  counts: readonly number[],
  sum: number | undefined,
): Buckets {
  const byBoundary = new Map<number, number>();
  counts.forEach((count, index) => {
    const given = boundaries[index] ?? Number.POSITIVE_INFINITY;
    const boundary = Number.isNaN(given) ? Number.POSITIVE_INFINITY : given;
    byBoundary.set(boundary, (byBoundary.get(boundary) ?? 0) + count);
  });
  const overflow = byBoundary.get(Number.POSITIVE_INFINITY) ?? 0;
  byBoundary.delete(Number.POSITIVE_INFINITY);
  const sorted = [...byBoundary].sort(([a], [b]) => a - b);
  return {
    boundaries: sorted.map(([boundary]) => boundary),
    counts: [...sorted.map(([, count]) => count), overflow],
    sum,
  };
}
