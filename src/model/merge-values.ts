import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { addRuns, downscaled, scaleOf } from './bucket-runs.ts';

/**
 * The sums of two histograms. Commutative and associative, and no count is ever lost; neither argument is
 * changed.
 */

/** Buckets of one sign; the specification's default for MaxSize. */
const MOST_BUCKETS = 160;

/**
 * Where the boundaries differ (two releases of an application during a rolling restart), the sum has those
 * that both have: there, and nowhere else, both know how many values lie below.
 */
export function addHistograms(a: Histogram, b: Histogram): Histogram {
  const [left, right] = areEqual(a.buckets.boundaries, b.buckets.boundaries) ? [a, b] : onCommon(a, b);
  const counts = left.buckets.counts.map((count, i) => count + (right.buckets.counts[i] ?? 0));
  return {
    ...extremes(a, b),
    ...sums(a, b),
    count: a.count + b.count,
    buckets: { boundaries: left.buckets.boundaries, counts },
  };
}

/** At the finest scale that both can be brought to and at which no sign has more than 160 buckets. */
export function addExponentialHistograms(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
): ExponentialHistogram {
  const finest = Math.min(scaleOf(a), scaleOf(b));
  for (let scale = Number.isFinite(finest) ? finest : 0; ; scale--) {
    const [x, y] = [downscaled(a, scale), downscaled(b, scale)];
    const positive = addRuns(x.positive, y.positive);
    const negative = addRuns(x.negative, y.negative);
    if (Math.max(positive.bucketCounts.length, negative.bucketCounts.length) > MOST_BUCKETS) continue;
    return {
      ...extremes(a, b),
      ...sums(a, b),
      count: a.count + b.count,
      zeroCount: a.zeroCount + b.zeroCount,
      scale,
      positive,
      negative,
    };
  }
}

function onCommon(a: Histogram, b: Histogram): readonly [Histogram, Histogram] {
  const of = new Set(b.buckets.boundaries);
  const common = a.buckets.boundaries.filter((boundary) => of.has(boundary));
  return [onBoundaries(a, common), onBoundaries(b, common)];
}

/** @param boundaries some of the histogram's own */
function onBoundaries(histogram: Histogram, boundaries: number[]): Histogram {
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

interface Summary {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** A sum that one side does not know is not known of both. */
function sums(a: Summary, b: Summary): { sum?: number } {
  return a.sum === undefined || b.sum === undefined ? {} : { sum: a.sum + b.sum };
}

/** As {@link sums}; but the side without a value has no part in it. */
function extremes(a: Summary, b: Summary): { min?: number; max?: number } {
  if (a.count === 0) return bounds(b);
  if (b.count === 0) return bounds(a);
  const { min, max } = bounds(a);
  const other = bounds(b);
  return {
    ...(min === undefined || other.min === undefined ? {} : { min: Math.min(min, other.min) }),
    ...(max === undefined || other.max === undefined ? {} : { max: Math.max(max, other.max) }),
  };
}

function bounds({ min, max }: Summary): { min?: number; max?: number } {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
