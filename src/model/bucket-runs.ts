import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';

/** Counts of neighbouring buckets of an exponential histogram, from the bucket `offset` on. */
export type BucketRun = ExponentialHistogram['positive'];

/** The counts of both, which are of one scale. */
export function addRuns(a: BucketRun, b: BucketRun): BucketRun {
  if (a.bucketCounts.length === 0) return b;
  if (b.bucketCounts.length === 0) return a;
  const first = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  const counts = Array.from(
    { length: end - first },
    (_, i) => (a.bucketCounts[first + i - a.offset] ?? 0) + (b.bucketCounts[first + i - b.offset] ?? 0),
  );
  return { offset: first, bucketCounts: counts };
}

/**
 * The same counts in buckets 2 ** `steps` times as wide, without empty ones at the ends. Bucket i of a scale is
 * within bucket i >> 1 of the next lower one. (Metrics data model, "Exponential Scale")
 */
function coarser({ offset, bucketCounts }: BucketRun, steps: number): BucketRun {
  const first = bucketCounts.findIndex((count) => count > 0);
  if (first === -1) return { offset: 0, bucketCounts: [] };
  const last = bucketCounts.findLastIndex((count) => count > 0);
  const low = (offset + first) >> steps;
  const counts = new Array<number>(((offset + last) >> steps) - low + 1).fill(0);
  for (let i = first; i <= last; i++) counts[((offset + i) >> steps) - low]! += bucketCounts[i]!;
  return { offset: low, bucketCounts: counts };
}

/** A histogram without buckets has no scale, whatever it says, and fits to any. */
export function scaleOf({ scale, positive, negative }: ExponentialHistogram): number {
  const isEmpty = positive.bucketCounts.length === 0 && negative.bucketCounts.length === 0;
  return isEmpty ? Number.POSITIVE_INFINITY : scale;
}

/** The same histogram with fewer buckets; `scale` is not finer than its own. */
export function downscaled(point: ExponentialHistogram, scale: number): ExponentialHistogram {
  const steps = scaleOf(point) - scale;
  if (!(steps > 0)) return point;
  const { positive, negative } = point;
  return { ...point, scale, positive: coarser(positive, steps), negative: coarser(negative, steps) };
}
