import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { areAscending } from '../../model/boundaries.ts';
import { bucketIndex } from '../../model/exponential-index.ts';
import type { InstrumentDescriptor } from '../collect/metric-head.ts';
import type { Distribution } from './buckets.ts';

/** A histogram with exponential buckets. The first reading of its classic counts computes them. */
export class ExponentialDistribution implements Distribution {
  readonly exponential: ExponentialHistogram;
  readonly boundaries: readonly number[];
  #counts: readonly number[] | undefined;

  /** @param boundaries of its classic buckets, see {@link classicBoundaries} */
  constructor(exponential: ExponentialHistogram, boundaries: readonly number[]) {
    this.exponential = exponential;
    this.boundaries = boundaries;
  }

  get counts(): readonly number[] {
    this.#counts ??= classicCounts(this.exponential, this.boundaries);
    return this.#counts;
  }

  get sum(): number | undefined {
    return this.exponential.sum;
  }
}

/**
 * The boundaries of an exponential histogram in formats with only classic buckets: the boundaries that its instrument
 * was created with, or else a grid by its unit.
 *
 * They never depend on the values. A bucket that appeared with a wider range would begin with its full count, which
 * `rate()` does not see, and `histogram_quantile()` would then place the quantile at the end of the range.
 */
export function classicBoundaries({
  boundaries,
  unit,
}: Pick<InstrumentDescriptor, 'boundaries' | 'unit'>): readonly number[] {
  if (boundaries !== undefined && areAscending(boundaries)) return boundaries;
  return GRIDS.get(unit) ?? GENERAL_GRID;
}

/**
 * Powers of two are boundaries at every scale from 0 on, so counts at them are exact for all values within 160
 * doublings.
 */
function powersOfTwo(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => 2 ** (first + i));
}

/** 1 µs to 68 minutes, in the usual units of time, and 16 B to 16 GiB. */
const GRIDS: ReadonlyMap<string, readonly number[]> = new Map([
  ['s', powersOfTwo(-20, 12)],
  ['ms', powersOfTwo(-10, 22)],
  ['us', powersOfTwo(0, 32)],
  ['ns', powersOfTwo(10, 42)],
  ['By', powersOfTwo(4, 34)],
]);
const GENERAL_GRID = powersOfTwo(-10, 24);

/**
 * The number of values in each classic bucket. An exponential bucket counts as a whole in the classic bucket that
 * contains its lower end. So a cumulative count may include values above its boundary, by less than one exponential
 * bucket. It never falls when the histogram changes to a coarser scale; Prometheus would take a fall for a restart.
 */
function classicCounts(
  { scale, positive, negative, zeroCount }: ExponentialHistogram,
  boundaries: readonly number[],
): readonly number[] {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  let bucket = 0;
  const advanceWhile = (isBelow: (boundary: number) => boolean) => {
    while (bucket < boundaries.length && isBelow(boundaries[bucket]!)) bucket++;
  };
  for (let i = negative.bucketCounts.length - 1; i >= 0; i--) {
    const index = negative.offset + i;
    advanceWhile((boundary) => boundary < 0 && bucketIndex(-boundary, scale) > index);
    counts[bucket]! += negative.bucketCounts[i]!;
  }
  advanceWhile((boundary) => boundary < 0);
  counts[bucket]! += zeroCount;
  for (let i = 0; i < positive.bucketCounts.length; i++) {
    const index = positive.offset + i;
    advanceWhile((boundary) => boundary <= 0 || bucketIndex(boundary, scale) < index);
    counts[bucket]! += positive.bucketCounts[i]!;
  }
  return counts;
}
