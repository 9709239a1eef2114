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
