import type { Attributes, HrTime } from '@opentelemetry/api';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { compareTimes } from '../base/hr-time.ts';
import { bucketOf } from './boundaries.ts';

/** One measurement of a series and the span it was made in. (Metrics data model, "Exemplars") */
export interface Exemplar {
  readonly value: number;
  readonly timestamp: HrTime;
  /** 32 hexadecimal digits; absent for a measurement outside any span. */
  readonly traceId?: string;
  /** 16 hexadecimal digits; absent only from exemplars that another library has chosen. */
  readonly spanId?: string;
  /** Attributes of the measurement that its series lacks. pitot's own exemplars have none. (docs/endpoint.md) */
  readonly filteredAttributes: Attributes;
}

export interface WithExemplars {
  /** An explicit histogram has at most one per bucket, in the order of its buckets. */
  readonly exemplars?: readonly Exemplar[];
}

/**
 * A point with exemplars. The SDK's own type has no field for them; its readers pass points on unchanged, and
 * pitot's OTLP serializer writes the field.
 */
export interface PointWithExemplars<T> extends DataPoint<T>, WithExemplars {}

/** The exemplars of any point, including points of the SDK. */
export function exemplarsOf(point: PointWithExemplars<unknown>): readonly Exemplar[] {
  return point.exemplars ?? [];
}

/**
 * The latest exemplars of both points, in the order of their values. With boundaries there is one per bucket,
 * otherwise as many as the point with more exemplars has.
 */
export function latest(
  { exemplars: a = [] }: WithExemplars,
  { exemplars: b = [] }: WithExemplars,
  boundaries: readonly number[] | undefined,
): WithExemplars {
  if (a.length === 0 || b.length === 0) return a.length + b.length === 0 ? {} : { exemplars: [...a, ...b] };
  const newestFirst = [...a, ...b].sort(byAge);
  const kept =
    boundaries === undefined
      ? newestFirst.slice(0, Math.max(a.length, b.length))
      : firstOfEachBucket(newestFirst, boundaries);
  return { exemplars: kept.sort((one, other) => one.value - other.value) };
}

/** The youngest exemplar of each bucket, in the order of the buckets. */
export function youngestOfEachBucket(
  exemplars: readonly Exemplar[],
  boundaries: readonly number[],
): readonly Exemplar[] {
  return firstOfEachBucket([...exemplars].sort(byAge), boundaries).sort(
    (one, other) => one.value - other.value,
  );
}

/** The youngest of them, at most so many, in the order that they have. */
export function youngest(exemplars: readonly Exemplar[], max: number): readonly Exemplar[] {
  if (exemplars.length <= max) return exemplars;
  const kept = new Set([...exemplars].sort(byAge).slice(0, max));
  return exemplars.filter((exemplar) => kept.has(exemplar));
}

function firstOfEachBucket(exemplars: readonly Exemplar[], boundaries: readonly number[]): Exemplar[] {
  const buckets = new Map<number, Exemplar>();
  for (const exemplar of exemplars) {
    const bucket = bucketOf(boundaries, exemplar.value);
    if (!buckets.has(bucket)) buckets.set(bucket, exemplar);
  }
  return [...buckets.values()];
}

function byAge(a: Exemplar, b: Exemplar): number {
  return compareTimes(b.timestamp, a.timestamp) || b.value - a.value;
}
