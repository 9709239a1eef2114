import type { HrTime } from '@opentelemetry/api';
import { compareTimes } from '../base/hr-time.ts';

/** What merging needs to know of an exemplar; the rest passes through. */
export interface DatedExemplar {
  readonly timestamp: HrTime;
  readonly value: number;
}

export interface WithExemplars {
  readonly exemplars?: readonly DatedExemplar[];
}

/**
 * The latest of both, in the order of their values: one a bucket where there are boundaries, otherwise as
 * many as the one that has more.
 */
export function latest(
  a: WithExemplars,
  b: WithExemplars,
  boundaries: readonly number[] | undefined,
): WithExemplars {
  if (a.exemplars === undefined || a.exemplars.length === 0) return only(b);
  if (b.exemplars === undefined || b.exemplars.length === 0) return only(a);
  const byTime = [...a.exemplars, ...b.exemplars].sort(laterFirst);
  const kept =
    boundaries === undefined
      ? byTime.slice(0, Math.max(a.exemplars.length, b.exemplars.length))
      : firstOfEachBucket(byTime, boundaries);
  return { exemplars: kept.sort((one, other) => one.value - other.value) };
}

function firstOfEachBucket(
  exemplars: readonly DatedExemplar[],
  boundaries: readonly number[],
): DatedExemplar[] {
  const buckets = new Map<number, DatedExemplar>();
  for (const exemplar of exemplars) {
    const bucket = boundaries.findIndex((boundary) => exemplar.value <= boundary);
    if (!buckets.has(bucket)) buckets.set(bucket, exemplar);
  }
  return [...buckets.values()];
}

function only({ exemplars }: WithExemplars): WithExemplars {
  return exemplars === undefined ? {} : { exemplars };
}

function laterFirst(a: DatedExemplar, b: DatedExemplar): number {
  return compareTimes(b.timestamp, a.timestamp) || b.value - a.value;
}
