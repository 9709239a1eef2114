import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import {
  EXPONENTIAL_BASE,
  EXPONENTIAL_BUCKETS,
  EXPONENTIAL_SCALE,
  EXPONENTIAL_SEQUENCE,
  EXPONENTIAL_SIZE,
  EXPONENTIAL_ZERO,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
} from '../../model/protocol.ts';
import type { MirroredSeries } from './mirror.ts';
import { readConsistently } from './sequence.ts';

/** Buckets of positive values: `counts[i]` is that of bucket `base + i`. */
interface Window {
  readonly scale: number;
  readonly base: number;
  readonly counts: number[];
}

/** The series as the SDK has it; `undefined` when its recorder's thread was ended while it moved the buckets. */
export function exponentialOf({ cells, words, at }: MirroredSeries): ExponentialHistogram | undefined {
  const window = readConsistently(words, at + EXPONENTIAL_SEQUENCE, () => {
    const buckets = at + EXPONENTIAL_BUCKETS;
    return {
      scale: cells[at + EXPONENTIAL_SCALE]!,
      base: cells[at + EXPONENTIAL_BASE]!,
      counts: [...cells.subarray(buckets, buckets + EXPONENTIAL_SIZE)],
    };
  });
  if (window === undefined) return undefined;
  const sum = cells[at + HISTOGRAM_SUM]!;
  const histogram = histogramOf(window, cells[at + EXPONENTIAL_ZERO]!, sum);
  if (histogram.count === 0) return histogram;
  return { ...histogram, min: cells[at + HISTOGRAM_MIN]!, max: cells[at + HISTOGRAM_MAX]! };
}

/**
 * What was recorded between two states of one series, at the scale of the later one; `undefined` if nothing
 * was. It has no minimum and maximum: those of the interval are not known.
 */
export function subtractExponential(
  now: ExponentialHistogram,
  before: ExponentialHistogram,
): ExponentialHistogram | undefined {
  if (now.count === before.count) return undefined;
  const { offset: base, bucketCounts } = now.positive;
  const counts = [...bucketCounts];
  // Without buckets the scale is reported as 0, and then there is nothing to subtract.
  const change = before.scale - now.scale;
  // A scale only ever goes down, but where one of several threads has lost a series.
  if (change < 0 && before.positive.bucketCounts.length > 0) return undefined;
  before.positive.bucketCounts.forEach((count, i) => {
    counts[((before.positive.offset + i) >> change) - base]! -= count;
  });
  const sum = (now.sum ?? 0) - (before.sum ?? 0);
  return histogramOf({ scale: now.scale, base, counts }, now.zeroCount - before.zeroCount, sum);
}

/** As the stock SDK: from the first to the last bucket in use; scale and offset are 0 where there is none. */
function histogramOf({ scale, base, counts }: Window, zeroCount: number, sum: number): ExponentialHistogram {
  const first = counts.findIndex((count) => count > 0);
  const isEmpty = first === -1;
  const bucketCounts = isEmpty ? [] : counts.slice(first, counts.findLastIndex((count) => count > 0) + 1);
  return {
    count: bucketCounts.reduce((total, count) => total + count, zeroCount),
    sum,
    scale: isEmpty ? 0 : scale,
    zeroCount,
    positive: { offset: isEmpty ? 0 : base + first, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  };
}
