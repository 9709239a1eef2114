import type { Attributes } from '@opentelemetry/api';
import { kindOf, listOf } from './answer.ts';

/** The distribution of one series, counted before: by a database, for instance. */
export interface HistogramReading<A extends Attributes = Attributes> {
  /**
   * The number of values in each bucket and in no other: one count more than the histogram has boundaries, the last for
   * values above all of them. Bucket i has the values above boundary i-1 up to boundary i, that included.
   */
  readonly counts: readonly number[];
  /** The sum of all values, in the histogram's unit. */
  readonly sum: number;
  readonly attributes?: A | undefined;
}

/** One distribution without attributes, or all of a histogram's series: those left out are there no more. */
export type HistogramAnswer<A extends Attributes = Attributes> =
  | HistogramReading<A>
  | readonly HistogramReading<A>[];

/**
 * The readings of an answer, as copies. Throws when the answer is not what the types promise, or does not fit the
 * histogram.
 */
export function histogramReadingsOf<A extends Attributes>(
  answer: unknown,
  boundaries: readonly number[],
): readonly HistogramReading<A>[] {
  const readings = Array.isArray(answer) ? answer : [answer];
  return readings.map((reading: unknown) => {
    if (typeof reading !== 'object' || reading === null || !('counts' in reading && 'sum' in reading)) {
      throw new TypeError(`a reading is ${kindOf(reading)}, not an object with counts and a sum`);
    }
    const { counts, sum, attributes } = reading as HistogramReading<A>;
    return {
      counts: countsOf(counts, boundaries),
      sum: sumOf(sum),
      attributes: attributes && { ...attributes },
    };
  });
}

function countsOf(given: unknown, boundaries: readonly number[]): readonly number[] {
  const counts = listOf(given, 'the counts of a reading');
  const buckets = boundaries.length + 1;
  if (counts.length !== buckets) {
    throw new TypeError(
      `a reading has ${counts.length} counts; the boundaries [${boundaries.join(', ')}] of the histogram make ` +
        `${buckets} buckets`,
    );
  }
  return counts.map((count: unknown) => {
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
    const found = typeof count === 'number' ? count : kindOf(count);
    throw new TypeError(`a count is ${found}, not a whole number from 0`);
  });
}

/** A histogram takes no negative values, so that its sum only grows. (Metrics API specification, "Histogram") */
function sumOf(sum: unknown): number {
  if (typeof sum === 'number' && sum >= 0 && sum <= Number.MAX_VALUE) return sum;
  throw new TypeError(`a sum is ${typeof sum === 'number' ? sum : kindOf(sum)}, not a finite number from 0`);
}
