import { isEarlier } from '../../../base/hr-time.ts';
import { bucketOf } from '../../../model/boundaries.ts';
import type { SampleExemplar } from '../families.ts';

/** Where a format has a place for one exemplar only, the latest takes it. ("Sums", compatibility specification) */
export function latestExemplar(exemplars: readonly SampleExemplar[] | undefined): SampleExemplar | undefined {
  return exemplars?.reduce((a, b) => (isEarlier(a.time, b.time) ? b : a));
}

/** Of each bucket the latest exemplar, where it has one. */
export function exemplarsByBucket(
  boundaries: readonly number[],
  exemplars: readonly SampleExemplar[] | undefined,
): readonly (SampleExemplar | undefined)[] {
  if (exemplars === undefined) return NONE;
  const byBucket = new Array<SampleExemplar | undefined>(boundaries.length + 1).fill(undefined);
  for (const exemplar of exemplars) {
    const bucket = bucketOf(boundaries, exemplar.value);
    const other = byBucket[bucket];
    if (other === undefined || isEarlier(other.time, exemplar.time)) byBucket[bucket] = exemplar;
  }
  return byBucket;
}

const NONE: readonly undefined[] = [];
