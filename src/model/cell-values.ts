import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { trimmed } from './exponential-histogram.ts';
import {
  EXPLICIT_BUCKETS,
  EXPONENTIAL_BASE,
  EXPONENTIAL_BUCKETS,
  EXPONENTIAL_SCALE,
  EXPONENTIAL_SEQUENCE,
  EXPONENTIAL_SIZE,
  EXPONENTIAL_ZERO,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
  SCALAR_VALUE,
} from './protocol.ts';
import { readConsistently } from './sequence.ts';

/** The cells of one series; see the layouts in the protocol. */
interface SeriesRun {
  readonly cells: Float64Array;
  /** The same slab as int32 words. */
  readonly words: Int32Array;
  /** Index of the run's first cell in the slab. */
  readonly at: number;
}

/** The value of a sum or gauge. */
export function scalarOf({ cells, at }: Pick<SeriesRun, 'cells' | 'at'>): number {
  return cells[at + SCALAR_VALUE]!;
}

/**
 * The value of a histogram with explicit buckets, as the SDK has it.
 *
 * @param boundaries those of the cells
 */
export function histogramOf({ cells, at }: Pick<SeriesRun, 'cells' | 'at'>, boundaries: number[]): Histogram {
  const counts = new Array<number>(boundaries.length + 1);
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    const inBucket = cells[at + EXPLICIT_BUCKETS + i]!;
    counts[i] = inBucket;
    count += inBucket;
  }
  const min = cells[at + HISTOGRAM_MIN]!;
  const max = cells[at + HISTOGRAM_MAX]!;
  // Before the first value, and where another library counts, they stand at the infinities.
  const hasMinMax = count > 0 && min <= max;
  const sum = cells[at + HISTOGRAM_SUM]!;
  const buckets = { boundaries, counts };
  return hasMinMax ? { min, max, sum, buckets, count } : { sum, buckets, count };
}

/**
 * The value of a histogram with exponential buckets, as the SDK has it; `undefined` when its thread ended while it
 * moved the buckets.
 */
export function exponentialOf({ cells, words, at }: SeriesRun): ExponentialHistogram | undefined {
  const window = readConsistently(words, at + EXPONENTIAL_SEQUENCE, () => {
    const buckets = at + EXPONENTIAL_BUCKETS;
    return {
      scale: cells[at + EXPONENTIAL_SCALE]!,
      offset: cells[at + EXPONENTIAL_BASE]!,
      bucketCounts: [...cells.subarray(buckets, buckets + EXPONENTIAL_SIZE)],
    };
  });
  if (window === undefined) return undefined;
  const positive = trimmed(window);
  const zeroCount = cells[at + EXPONENTIAL_ZERO]!;
  const count = positive.bucketCounts.reduce((total, inBucket) => total + inBucket, zeroCount);
  return {
    count,
    sum: cells[at + HISTOGRAM_SUM]!,
    ...(count === 0 ? {} : { min: cells[at + HISTOGRAM_MIN]!, max: cells[at + HISTOGRAM_MAX]! }),
    // The stock SDK reports scale 0 for a histogram without buckets.
    scale: positive.bucketCounts.length === 0 ? 0 : window.scale,
    zeroCount,
    positive,
    negative: { offset: 0, bucketCounts: [] },
  };
}
