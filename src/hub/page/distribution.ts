import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Quantile } from './wire.ts';

/**
 * Values by bucket. `counts[i]` counts the values above `bounds[i - 1]` up to and including `bounds[i]`. The bounds
 * ascend; the last one is +Infinity, or above every value.
 */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Exponential buckets are merged down to this scale: 8 buckets for each power of two, each 9 % wide. */
const SCALE = 3;

/** Returns the same array of bounds for the same array of boundaries, so that windows share it. */
export function explicitDistribution({ buckets }: Histogram): Distribution {
  return { bounds: withInfinity(buckets.boundaries), counts: buckets.counts };
}

const withInfinityOf = new WeakMap<readonly number[], readonly number[]>();

function withInfinity(boundaries: readonly number[]): readonly number[] {
  let bounds = withInfinityOf.get(boundaries);
  if (bounds === undefined) {
    bounds = [...boundaries, Number.POSITIVE_INFINITY];
    withInfinityOf.set(boundaries, bounds);
  }
  return bounds;
}

/** The bucket of an index ends at 2^((index + 1) / 2^scale). (Metrics data model, "ExponentialHistogram") */
export function exponentialDistribution(value: ExponentialHistogram): Distribution {
  const scale = Math.min(value.scale, SCALE);
  const width = 2 ** (value.scale - scale);
  const byIndex = new Map<number, number>();
  value.positive.bucketCounts.forEach((count, i) => {
    const index = Math.floor((value.positive.offset + i) / width);
    byIndex.set(index, (byIndex.get(index) ?? 0) + count);
    // An empty bucket before each bucket tells where that begins.
    if (!byIndex.has(index - 1)) byIndex.set(index - 1, 0);
  });
  const ascending = [...byIndex].sort(([a], [b]) => a - b);
  return {
    bounds: [0, ...ascending.map(([index]) => 2 ** ((index + 1) / 2 ** scale))],
    counts: [value.zeroCount, ...ascending.map(([, count]) => count)],
  };
}

/** The values added since an earlier state of the same histogram. */
export function difference(now: Distribution, before: Distribution): Distribution {
  if (now.bounds === before.bounds || equal(now.bounds, before.bounds)) {
    return { bounds: before.bounds, counts: now.counts.map((count, i) => count - (before.counts[i] ?? 0)) };
  }
  const sum = new Buckets();
  sum.add(now, 1);
  sum.add(before, -1);
  return sum.distribution();
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/** The sum of distributions as one; undefined without any. */
export function sumOfDistributions(all: readonly Distribution[]): Distribution | undefined {
  const [first, ...rest] = all;
  if (first === undefined || rest.length === 0) return first;
  const { bounds } = first;
  // The series of a metric share their bounds, nearly always.
  if (rest.every((each) => each.bounds === bounds)) {
    return {
      bounds,
      counts: bounds.map((_, i) => all.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0)),
    };
  }
  const sum = new Buckets();
  for (const each of all) sum.add(each, 1);
  return sum.distribution();
}

/** A sum of distributions, which may have different bounds. */
export class Buckets {
  private readonly counts = new Map<number, number>();

  add({ bounds, counts }: Distribution, sign: 1 | -1): void {
    for (let i = 0; i < bounds.length; i++) {
      const bound = bounds[i]!;
      this.counts.set(bound, (this.counts.get(bound) ?? 0) + sign * (counts[i] ?? 0));
    }
  }

  distribution(): Distribution {
    const ascending = [...this.counts].sort(([a], [b]) => a - b);
    return { bounds: ascending.map(([bound]) => bound), counts: ascending.map(([, count]) => count) };
  }
}

/** The number of values that are certainly above this one. Exact if it is a bound. */
export function countAbove(value: number, { bounds, counts }: Distribution): number {
  return counts.reduce((sum, count, i) => {
    const isAbove = i > 0 && bounds[i - 1]! >= value;
    return isAbove ? sum + Math.max(0, count) : sum;
  }, 0);
}

/**
 * The quantile as Prometheus' `histogram_quantile` computes it: by linear interpolation within its bucket. In a bucket
 * that is open on one side, or that begins at 0, only the side that is known. Undefined without values.
 */
export function quantile(q: number, { bounds, counts }: Distribution): Quantile | undefined {
  const total = counts.reduce((sum, count) => sum + Math.max(0, count), 0);
  if (!(total > 0)) return undefined;
  const rank = q * total;
  let below = 0;
  for (let i = 0; i < bounds.length; i++) {
    const count = Math.max(0, counts[i] ?? 0);
    if (count > 0 && below + count >= rank) {
      const upper = bounds[i]!;
      const lower = bounds[i - 1];
      if (upper === Number.POSITIVE_INFINITY) {
        return lower === undefined ? undefined : { value: lower, bound: 'above' };
      }
      if (lower === undefined || lower === 0) return { value: upper, bound: 'atMost' };
      return { value: lower + ((upper - lower) * (rank - below)) / count };
    }
    below += count;
  }
  return undefined;
}
