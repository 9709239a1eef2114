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

/** Numbers in the row of a series: two for its start time, and its value. `undefined` where rows differ in length. */
export function rowLength(kind: Kind, boundaries: number): number | undefined {
  if (kind === 'exponentialHistogram') return undefined;
  return kind === 'histogram' ? ROW_COUNTS + boundaries + 1 : ROW_VALUE + 1;
}

/** Places in a row: of a number's value; of a histogram's sum, minimum and maximum; of the first of its counts. */
export const ROW_VALUE = 2;
export const ROW_SUM = 2;
export const ROW_MIN = 3;
export const ROW_MAX = 4;
export const ROW_COUNTS = 6;

/** The count of a histogram with explicit buckets, whose row begins here and has this length. */
export function countIn(floats: Float64Array, begin: number, width: number): number {
  let count = 0;
  for (let i = ROW_COUNTS; i < width; i++) count += floats[begin + i]!;
  return count;
}

/** Exponential histograms only: before the buckets come sum, minimum, maximum, count of zeros, and scale. */
const EXPONENTIAL_COUNTS = ROW_VALUE + 5;

const FIRST_FLOATS = 64;

/**
 * Values as processes exchange them: the id of each changed series and its row, one after the other, as float64. A row
 * is the start time and the numbers of the series. NaN stands for an unknown minimum, maximum or sum.
 */
export class FloatWriter {
  private floats = new Float64Array(FIRST_FLOATS);
  private length = 0;

  /** Where the next series will be. */
  get end(): number {
    return this.length;
  }

  /** @param boundaries how many the metric has, for the kind `histogram` */
  write(id: number, kind: Kind, boundaries: number, { startTime, value }: Reading): void {
    const isValid = isInRange(startTime);
    this.push(id);
    this.push(isValid ? startTime[0] : 0);
    this.push(isValid ? startTime[1] : 0);
    switch (kind) {
      case 'histogram': {
        const { buckets, ...summary } = value as Histogram;
        this.summary(summary);
        this.push(boundaries + 1);
        for (let i = 0; i <= boundaries; i++) this.push(buckets.counts[i] ?? 0);
        break;
      }
      case 'exponentialHistogram':
        this.exponentialHistogram(value as ExponentialHistogram);
        break;
      default:
        this.push(value as number);
    }
  }

  /** A row as another writer wrote it. */
  copy(id: number, row: Float64Array): void {
    this.push(id);
    this.reserve(row.length);
    this.floats.set(row, this.length);
    this.length += row.length;
  }

  /**
   * Whether the row that was written last, at `place`, has the values of another, whatever their start times.
   *
   * @param begin where the other row begins in `floats`
   */
  equals(place: number, floats: Float64Array, begin: number, length: number): boolean {
    const own = this.floats;
    const ownBegin = place + 1;
    if (this.length - ownBegin !== length) return false;
    for (let i = ROW_VALUE; i < length; i++) {
      if (!Object.is(own[ownBegin + i], floats[begin + i])) return false;
    }
    return true;
  }

  /** Takes back everything from `place` on. */
  rewind(place: number): void {
    this.length = place;
  }

  /** The written floats; empties the writer. */
  finish(): Float64Array {
    const written = this.floats.slice(0, this.length);
    this.length = 0;
    return written;
  }

  private exponentialHistogram({
    zeroCount,
    scale,
    positive,
    negative,
    ...summary
  }: ExponentialHistogram): void {
    this.summary(summary);
    this.push(zeroCount);
    this.push(scale);
    for (const { offset, bucketCounts } of [positive, negative]) {
      this.push(offset);
      this.push(bucketCounts.length);
      for (const count of bucketCounts) this.push(count);
    }
  }

  private summary({ sum = Number.NaN, min = Number.NaN, max = Number.NaN }: Summary): void {
    this.push(sum);
    this.push(min);
    this.push(max);
  }

  private push(float: number): void {
    if (this.length === this.floats.length) this.reserve(1);
    this.floats[this.length++] = float;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.floats.length) return;
    const larger = new Float64Array(Math.max(needed, 2 * this.floats.length));
    larger.set(this.floats);
    this.floats = larger;
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

  /** Copies the row of the next series, which has this length. */
  copyRow(to: Float64Array, at: number, length: number): void {
    const { floats } = this;
    const begin = this.at;
    for (let i = 0; i < length; i++) to[at + i] = floats[begin + i]!;
    this.at = begin + length;
  }

  /** A copy of the row of the next series, which has exponential buckets. */
  exponentialRow(): Float64Array {
    const begin = this.at;
    this.at += EXPONENTIAL_COUNTS;
    // Positive and negative buckets follow: an offset and a number of counts each.
    for (let sign = 0; sign < 2; sign++) {
      this.at++;
      const counts = this.next();
      this.at += counts;
    }
    return this.floats.slice(begin, this.at);
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
export function isInRange(time: HrTime): boolean {
  const seconds = time[0];
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_SECONDS && Number.isInteger(time[1]);
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
