import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { downscaled } from '../../model/exponential-histogram.ts';
import type { Buckets, Distribution } from './buckets.ts';

/** At this scale there are four buckets to every doubling of the value. */
const FINEST_CLASSIC_SCALE = 2;

/** A histogram that was recorded with exponential buckets; classic ones are made when they are asked for. */
export class ExponentialDistribution implements Distribution {
  readonly exponential: ExponentialHistogram;
  #classic: Buckets | undefined;

  constructor(exponential: ExponentialHistogram) {
    this.exponential = exponential;
  }

  get boundaries(): readonly number[] {
    return this.#buckets().boundaries;
  }

  get counts(): readonly number[] {
    return this.#buckets().counts;
  }

  get sum(): number | undefined {
    return this.exponential.sum;
  }

  #buckets(): Buckets {
    this.#classic ??= classicBuckets(this.exponential);
    return this.#classic;
  }
}

/**
 * An exponential histogram for formats that have classic buckets only. Boundaries lie on one fixed
 * grid, coarser than most recorded scales, so that they do not change from scrape to scrape while the
 * recorded scale adapts itself: buckets are added at the ends, and every second one goes where the
 * range becomes very wide.
 *
 * The range of the values is bounded from below as well, which `histogram_quantile` would else take to
 * begin at 0.
 */
function classicBuckets(point: ExponentialHistogram): Buckets {
  const { scale, positive, negative, zeroCount } = downscaled(point, FINEST_CLASSIC_SCALE);
  const bound = (index: number) => 2 ** (index * 2 ** -scale);
  const boundaries: number[] = [];
  const counts: number[] = [];
  let overflow = 0;
  const add = (boundary: number, count: number) => {
    const last = boundaries.length - 1;
    if (boundary === Number.POSITIVE_INFINITY) overflow += count;
    else if (boundaries[last] === boundary) counts[last]! += count;
    else counts[boundaries.push(boundary) - 1] = count;
  };

  const least = negative.offset + negative.bucketCounts.length;
  if (negative.bucketCounts.length > 0) add(-bound(least), 0);
  negative.bucketCounts.toReversed().forEach((count, i) => {
    add(-bound(least - 1 - i), count);
  });
  add(0, zeroCount);
  if (positive.bucketCounts.length > 0) add(bound(positive.offset), 0);
  positive.bucketCounts.forEach((count, i) => {
    add(bound(positive.offset + i + 1), count);
  });
  return { boundaries, counts: [...counts, overflow], sum: point.sum };
}
