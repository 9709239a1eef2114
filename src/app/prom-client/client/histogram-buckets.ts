import { ExplicitBuckets } from '../../record/explicit-buckets.ts';
import { type HistogramShape, histogramShape } from './cells.ts';

/**
 * The buckets of a histogram. prom-client takes upper bounds in any order and more than once: a value counts in the first
 * bucket that is not below it. A histogram in the recorder has ascending bounds.
 */
export interface HistogramBuckets {
  /** As the metric was given them. */
  readonly bounds: readonly number[];
  /** Finite, in ascending order, and each only once. */
  readonly boundaries: readonly number[];
  readonly shape: HistogramShape;
  /** For each bucket, the one with its values: a repeated bound shares the bucket of the first one. */
  readonly sources: readonly number[];
  /** The bucket of a value; that behind the last bound counts the rest. */
  bucketOf(value: number): number;
}

export function histogramBuckets(bounds: readonly number[]): HistogramBuckets {
  const boundaries = [...new Set(bounds)].filter(Number.isFinite).sort((a, b) => a - b);
  const sources = bounds.map((bound) => bounds.findIndex((other) => String(other) === String(bound)));
  const isRegular =
    boundaries.length === bounds.length && boundaries.every((bound, i) => bound === bounds[i]);
  if (isRegular) {
    const buckets = new ExplicitBuckets(boundaries);
    const shape = histogramShape(bounds.length + 1, undefined);
    return { bounds, boundaries, shape, sources, bucketOf: (value) => buckets.slotOf(value) };
  }
  const places = [...bounds, Number.POSITIVE_INFINITY].map((bound) => {
    const place = boundaries.findIndex((boundary) => boundary >= bound);
    return place === -1 ? boundaries.length : place;
  });
  const bucketOf = (value: number) => {
    const bucket = bounds.findIndex((bound) => value <= bound);
    return bucket === -1 ? bounds.length : bucket;
  };
  return { bounds, boundaries, shape: histogramShape(bounds.length + 1, places), sources, bucketOf };
}
