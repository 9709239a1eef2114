import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { addIntervals, addSummaries, extremesOf, type WithInterval } from './histogram-summary.ts';

/*
 * Arithmetic of base-2 exponential histograms. Bucket i of scale s holds the values in
 * (2^(i/2^s), 2^((i+1)/2^s)]; at the next lower scale it is part of bucket floor(i / 2).
 * (Metrics data model, "ExponentialHistogram" and "Exponential Scale")
 *
 * Two histograms may be a thousand doublings apart at a million buckets each. So every function finds the scale of
 * its result first, from the indices alone, and allocates buckets only at that scale.
 */

/** Counts of the buckets of one sign: `bucketCounts[i]` belongs to the bucket with the index `offset + i`. */
type Buckets = ExponentialHistogram['positive'];

/** Indices of the first and the last bucket with a count. */
interface Extent {
  readonly first: number;
  readonly last: number;
}

/** Buckets of one sign: the specification's default for MaxSize. */
export const MAX_BUCKETS = 160;

const SIGNS = ['positive', 'negative'] as const;
const EMPTY: Buckets = { offset: 0, bucketCounts: [] };

/**
 * The sum of two histograms, at the finest scale that both can reach and at which neither sign has more than
 * {@link MAX_BUCKETS} buckets. Commutative, associative and exact: no count is lost. Changes neither argument.
 */
export function addExponentialHistograms(
  a: ExponentialHistogram & WithInterval,
  b: ExponentialHistogram & WithInterval,
): ExponentialHistogram & WithInterval {
  const scale = scaleOfSum(a, b);
  const [x, y] = [downscaled(a, scale), downscaled(b, scale)];
  return {
    ...addSummaries(a, b),
    ...addIntervals(a, b),
    count: a.count + b.count,
    zeroCount: a.zeroCount + b.zeroCount,
    scale,
    positive: addBuckets(x.positive, y.positive),
    negative: addBuckets(x.negative, y.negative),
  };
}

/**
 * The recordings between two states of one histogram, at the scale of the later one. The result has a minimum and
 * maximum if the interval of `now` is the one between the two states.
 *
 * @returns `undefined` if nothing was recorded, or if `before` is not an earlier state of `now`: it has a
 * coarser scale, or counts that `now` does not have
 */
export function subtractExponentialHistograms(
  now: ExponentialHistogram & WithInterval,
  before: ExponentialHistogram,
): ExponentialHistogram | undefined {
  if (now.count === before.count) return undefined;
  if (finestScale(before) < finestScale(now)) return undefined;
  const earlier = downscaled(before, finestScale(now));
  const positive = subtractBuckets(now.positive, earlier.positive);
  const negative = subtractBuckets(now.negative, earlier.negative);
  if (positive === undefined || negative === undefined) return undefined;
  const isEmpty = positive.bucketCounts.length === 0 && negative.bucketCounts.length === 0;
  const count = now.count - before.count;
  return {
    ...extremesOf(now, count),
    count,
    sum: (now.sum ?? 0) - (before.sum ?? 0),
    // The stock SDK reports scale 0 for a histogram without buckets.
    scale: isEmpty ? 0 : now.scale,
    zeroCount: now.zeroCount - before.zeroCount,
    positive,
    negative,
  };
}

/** The same histogram at `scale`, or the histogram itself if its own scale is not finer. */
export function downscaled(histogram: ExponentialHistogram, scale: number): ExponentialHistogram {
  const halvings = finestScale(histogram) - scale;
  if (!(halvings > 0)) return histogram;
  const { positive, negative } = histogram;
  return {
    ...histogram,
    scale,
    positive: coarser(positive, halvings),
    negative: coarser(negative, halvings),
  };
}

/** The buckets from the first to the last one with a count. */
export function trimmed({ offset, bucketCounts }: Buckets): Buckets {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first === -1) return EMPTY;
  const end = bucketCounts.findLastIndex((count) => count > 0) + 1;
  return { offset: offset + first, bucketCounts: bucketCounts.slice(first, end) };
}

/** Infinity for a histogram without buckets: it fits any scale, whatever its `scale` says. */
function finestScale(histogram: ExponentialHistogram): number {
  return SIGNS.every((sign) => extentOf(histogram[sign]) === undefined)
    ? Number.POSITIVE_INFINITY
    : histogram.scale;
}

function scaleOfSum(a: ExponentialHistogram, b: ExponentialHistogram): number {
  const finest = Math.min(finestScale(a), finestScale(b));
  if (finest === Number.POSITIVE_INFINITY) return 0;
  const halvings = SIGNS.map((sign) => {
    const extents = [a, b].flatMap((histogram) => {
      const extent = extentOf(histogram[sign]);
      return extent === undefined ? [] : [halvedExtent(extent, histogram.scale - finest)];
    });
    return extents.length === 0 ? 0 : halvingsToFit(unionOf(extents));
  });
  return finest - Math.max(...halvings);
}

function extentOf({ offset, bucketCounts }: Buckets): Extent | undefined {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first === -1) return undefined;
  return { first: offset + first, last: offset + bucketCounts.findLastIndex((count) => count > 0) };
}

function unionOf(extents: readonly Extent[]): Extent {
  return {
    first: Math.min(...extents.map(({ first }) => first)),
    last: Math.max(...extents.map(({ last }) => last)),
  };
}

function halvingsToFit(extent: Extent): number {
  let halvings = 0;
  for (let { first, last } = extent; last - first >= MAX_BUCKETS; halvings++) {
    first = halved(first, 1);
    last = halved(last, 1);
  }
  return halvings;
}

function halvedExtent({ first, last }: Extent, halvings: number): Extent {
  return { first: halved(first, halvings), last: halved(last, halvings) };
}

/** The index of the bucket that holds bucket `index`, `halvings` scales lower. A shift would overflow beyond 31. */
function halved(index: number, halvings: number): number {
  return Math.floor(index / 2 ** halvings);
}

function coarser(buckets: Buckets, halvings: number): Buckets {
  const extent = extentOf(buckets);
  if (extent === undefined) return EMPTY;
  const { first, last } = halvedExtent(extent, halvings);
  const bucketCounts = new Array<number>(last - first + 1).fill(0);
  for (let index = extent.first; index <= extent.last; index++) {
    bucketCounts[halved(index, halvings) - first]! += buckets.bucketCounts[index - buckets.offset]!;
  }
  return { offset: first, bucketCounts };
}

/** Both at one scale, and together no wider than {@link MAX_BUCKETS}. */
function addBuckets(a: Buckets, b: Buckets): Buckets {
  const [x, y] = [extentOf(a), extentOf(b)];
  if (x === undefined) return b;
  if (y === undefined) return a;
  const { first, last } = unionOf([x, y]);
  const bucketCounts = new Array<number>(last - first + 1).fill(0);
  for (const [{ offset, bucketCounts: counts }, extent] of [[a, x] as const, [b, y] as const]) {
    for (let index = extent.first; index <= extent.last; index++) {
      bucketCounts[index - first]! += counts[index - offset]!;
    }
  }
  return { offset: first, bucketCounts };
}

/** `undefined` when `before` has a count that `now` does not have. Both are at one scale. */
function subtractBuckets(now: Buckets, before: Buckets): Buckets | undefined {
  const extent = extentOf(before);
  if (extent === undefined) return trimmed(now);
  const bucketCounts = [...now.bucketCounts];
  for (let index = extent.first; index <= extent.last; index++) {
    const left = (bucketCounts[index - now.offset] ?? 0) - before.bucketCounts[index - before.offset]!;
    if (left < 0) return undefined;
    if (index >= now.offset && index < now.offset + bucketCounts.length)
      bucketCounts[index - now.offset] = left;
  }
  return trimmed({ offset: now.offset, bucketCounts });
}
