import type { Histogram } from '@opentelemetry/sdk-metrics';
import { addIntervals, addSummaries, extremesOf, type WithInterval } from './histogram-summary.ts';

/**
 * The sum of two histograms with explicit boundaries. Commutative and associative, and no count is lost. Changes
 * neither argument.
 *
 * Where the boundaries differ (two releases of an application during a rolling restart), the sum has the boundaries
 * that both have: only there do both know how many values lie below.
 */
export function addHistograms(
  a: Histogram & WithInterval,
  b: Histogram & WithInterval,
): Histogram & WithInterval {
  const [left, right] = areEqual(a.buckets.boundaries, b.buckets.boundaries) ? [a, b] : onCommon(a, b);
  const counts = left.buckets.counts.map((count, i) => count + (right.buckets.counts[i] ?? 0));
  return {
    ...addSummaries(a, b),
    ...addIntervals(a, b),
    count: a.count + b.count,
    buckets: { boundaries: left.buckets.boundaries, counts },
  };
}

/**
 * The recordings between two states of one histogram; `undefined` if there were none. The result has a minimum and
 * maximum if the interval of `now` is the one between the two states.
 */
export function subtractHistograms(now: Histogram & WithInterval, before: Histogram): Histogram | undefined {
  if (now.count === before.count) return undefined;
  const count = now.count - before.count;
  return {
    ...extremesOf(now, count),
    sum: (now.sum ?? 0) - (before.sum ?? 0),
    count,
    buckets: {
      boundaries: now.buckets.boundaries,
      counts: now.buckets.counts.map((inBucket, i) => inBucket - (before.buckets.counts[i] ?? 0)),
    },
  };
}

function onCommon(a: Histogram, b: Histogram): readonly [Histogram, Histogram] {
  const of = new Set(b.buckets.boundaries);
  const common = a.buckets.boundaries.filter((boundary) => of.has(boundary));
  return [onBoundaries(a, common), onBoundaries(b, common)];
}

/**
 * The histogram with fewer buckets.
 *
 * @param boundaries some of the histogram's own
 */
export function onBoundaries(histogram: Histogram, boundaries: number[]): Histogram {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  let at = 0;
  histogram.buckets.counts.forEach((count, i) => {
    counts[at] = (counts[at] ?? 0) + count;
    if (histogram.buckets.boundaries[i] === boundaries[at]) at++;
  });
  return { ...histogram, buckets: { boundaries, counts } };
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((boundary, i) => boundary === b[i]));
}
