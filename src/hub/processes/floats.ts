import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Kind } from '../../model/metric-key.ts';

/** Seconds since the epoch, in the year 2255: as nanoseconds they still fit into 63 bits. */
export const MAX_SECONDS = 9e9;
/** The rounding of a time in milliseconds can give a whole second. */
export const MAX_NANOSECONDS = 1e9;
/** Scales and bucket indexes of float64 numbers. (Metrics SDK, "Base2 Exponential Bucket Histogram Aggregation") */
const MIN_SCALE = -11;
const MAX_SCALE = 20;
/** More than twice the default MaxSize of 160. */
const MAX_BUCKETS = 1024;
/** Below the 32 bits in which indexes are shifted, together with as many buckets. */
const MAX_INDEX = 2 ** 31 - 1 - MAX_BUCKETS;

const TRUNCATED = 'the values end in the middle of a series';
const OUT_OF_RANGE = 'a number out of range';

/** In the order in which they cross. */
const SUMMARY = ['sum', 'min', 'max'] as const;
type Summary = { [Name in (typeof SUMMARY)[number]]?: number };

/** The part of a series that changes from one exchange to the next. */
export interface Reading {
  readonly startTime: HrTime;
  readonly value: unknown;
}

/**
 * Values as processes exchange them: the id, the start time and the numbers of each changed series, one after the other,
 * as float64. NaN stands for an unknown minimum, maximum or sum.
 */
export class FloatWriter {
  private readonly floats: number[] = [];

  write(id: number, kind: Kind, { startTime, value }: Reading): void {
    const { floats } = this;
    floats.push(id, ...inRange(startTime));
    switch (kind) {
      case 'histogram':
        this.histogram(value as Histogram);
        break;
      case 'exponentialHistogram':
        this.exponentialHistogram(value as ExponentialHistogram);
        break;
      default:
        floats.push(value as number);
    }
  }

  finish(): Float64Array {
    return Float64Array.from(this.floats);
  }

  private histogram({ sum, min, max, buckets }: Histogram): void {
    this.floats.push(sum ?? Number.NaN, min ?? Number.NaN, max ?? Number.NaN, buckets.counts.length);
    for (const count of buckets.counts) this.floats.push(count);
  }

  private exponentialHistogram({ sum, min, max, ...rest }: ExponentialHistogram): void {
    this.floats.push(sum ?? Number.NaN, min ?? Number.NaN, max ?? Number.NaN, rest.zeroCount, rest.scale);
    for (const { offset, bucketCounts } of [rest.positive, rest.negative]) {
      this.floats.push(offset, bucketCounts.length);
      for (const count of bucketCounts) this.floats.push(count);
    }
  }
}

/** Reads what {@link FloatWriter} wrote, in the same order. */
export class FloatReader {
  private readonly floats: Float64Array;
  private at = 0;

  constructor(floats: Float64Array) {
    this.floats = floats;
  }

  get hasMore(): boolean {
    return this.at < this.floats.length;
  }

  /** The id of the next series; its reading follows. */
  id(): number {
    return this.next();
  }

  /** @param boundaries those of the metric, for the kind `histogram` */
  reading(kind: Kind, boundaries: number[]): Reading {
    const startTime: HrTime = [this.next(), this.next()];
    switch (kind) {
      case 'histogram':
        return { startTime, value: this.histogram(boundaries) };
      case 'exponentialHistogram':
        return { startTime, value: this.exponentialHistogram() };
      default:
        return { startTime, value: this.next() };
    }
  }

  /**
   * Passes over the reading of the next series.
   *
   * @throws when it is not one of this kind and with so many boundaries
   */
  check(kind: Kind, boundaries: number): void {
    this.integer(0, MAX_SECONDS);
    this.integer(0, MAX_NANOSECONDS);
    switch (kind) {
      case 'histogram':
        this.at += 3;
        this.checkCounts(boundaries + 1, boundaries + 1);
        break;
      case 'exponentialHistogram':
        this.at += 3;
        this.integer(0, Number.MAX_VALUE);
        this.integer(MIN_SCALE, MAX_SCALE);
        for (let sign = 0; sign < 2; sign++) {
          this.integer(-MAX_INDEX, MAX_INDEX);
          this.checkCounts(0, MAX_BUCKETS);
        }
        break;
      default:
        this.next();
    }
  }

  /** A plain loop over the array: it runs for every bucket of every process in every scrape. (bench/processes.ts) */
  private checkCounts(min: number, max: number): void {
    const { floats } = this;
    const end = this.integer(min, max) + this.at;
    if (end > floats.length) throw new Error(TRUNCATED);
    for (let at = this.at; at < end; at++) {
      const count = floats[at] as number;
      if (!Number.isInteger(count) || count < 0) throw new Error(OUT_OF_RANGE);
    }
    this.at = end;
  }

  private integer(min: number, max: number): number {
    const float = this.next();
    if (!Number.isInteger(float) || float < min || float > max) throw new Error(OUT_OF_RANGE);
    return float;
  }

  private next(): number {
    const float = this.floats[this.at++];
    if (float === undefined) throw new Error(TRUNCATED);
    return float;
  }

  private counts(): number[] {
    const length = this.next();
    const counts: number[] = [];
    for (let i = 0; i < length; i++) counts.push(this.next());
    return counts;
  }

  private summary(): Summary {
    const summary: Summary = {};
    for (const name of SUMMARY) {
      const float = this.next();
      if (!Number.isNaN(float)) summary[name] = float;
    }
    return summary;
  }

  private histogram(boundaries: number[]): Histogram {
    const summary = this.summary();
    const counts = this.counts();
    return { ...summary, count: total(counts), buckets: { boundaries, counts } };
  }

  private exponentialHistogram(): ExponentialHistogram {
    const summary = this.summary();
    const [zeroCount, scale] = [this.next(), this.next()];
    const positive = { offset: this.next(), bucketCounts: this.counts() };
    const negative = { offset: this.next(), bucketCounts: this.counts() };
    const count = zeroCount + total(positive.bucketCounts) + total(negative.bucketCounts);
    return { ...summary, count, zeroCount, scale, positive, negative };
  }
}

/** An application can set its clock, or replace `Date`: such a time must not make the whole message invalid. */
function inRange([seconds, nanoseconds]: HrTime): HrTime {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_SECONDS && Number.isInteger(nanoseconds)
    ? [seconds, nanoseconds]
    : [0, 0];
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
