import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { trimmed } from '../../model/exponential-histogram.ts';
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
import { readConsistently } from './sequence.ts';
import type { RegisteredSeries } from './series-registry.ts';

/** The series as the SDK has it; `undefined` when its thread ended while it moved the buckets. */
export function exponentialOf({ cells, words, at }: RegisteredSeries): ExponentialHistogram | undefined {
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
