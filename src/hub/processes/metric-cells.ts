import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type ExponentialHistogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { Exemplar, PointWithExemplars } from '../../model/exemplars.ts';
import { type Kind, kindOf } from '../../model/metric-key.ts';
import type { MetricHead } from './diff.ts';
import { countIn, FloatReader, type FloatWriter, type Reading, ROW_VALUE, rowLength } from './floats.ts';

/** Rows in the first allocation. */
const FIRST_ROWS = 4;

/** The time of a row whose series is not reported. */
const ABSENT = Number.NaN;

/**
 * The values of one metric of one process: a row of numbers for each series, as a `FloatWriter` writes them. Thousands of
 * series of many processes thus take a few arrays, and no objects. Points are made on demand.
 */
export class MetricCells {
  readonly head: MetricHead;
  readonly kind: Kind;
  /** Histograms with explicit buckets only; else empty. */
  readonly boundaries: number[];
  /** Numbers in a row; `undefined` where rows differ in length. */
  readonly width: number | undefined;
  /** All rows, if they have one length. */
  cells = new Float64Array(0);
  /** By row. */
  readonly attributes: Attributes[] = [];
  /** By row: when it was last written, in milliseconds since the epoch; NaN while the series is not reported. */
  readonly times: number[] = [];
  /** By row; only of series that have some. */
  readonly exemplars = new Map<number, readonly Exemplar[]>();
  /** Rows of different lengths. */
  private readonly rows: Float64Array[] = [];
  private readonly points: (PointWithExemplars<unknown> | undefined)[] = [];

  constructor(head: MetricHead) {
    this.head = head;
    this.kind = kindOf(head.metric);
    this.boundaries = [...head.boundaries];
    this.width = rowLength(this.kind, this.boundaries.length);
  }

  /** @returns the row of a new series, which is not reported yet */
  announce(attributes: Attributes): number {
    this.times.push(ABSENT);
    return this.attributes.push(attributes) - 1;
  }

  isPresent(row: number): boolean {
    return !Number.isNaN(this.times[row] ?? ABSENT);
  }

  /** Takes the next row from the reader. @param time milliseconds since the epoch */
  read(row: number, reader: FloatReader, time: number): void {
    const { width } = this;
    this.times[row] = time;
    if (this.points[row] !== undefined) this.points[row] = undefined;
    if (width === undefined) {
      this.rows[row] = reader.exponentialRow();
      return;
    }
    const end = (row + 1) * width;
    if (end > this.cells.length) {
      const rows = Math.max(FIRST_ROWS, this.attributes.length, row + (row >> 1));
      const larger = new Float64Array(rows * width);
      larger.set(this.cells);
      this.cells = larger;
    }
    reader.copyRow(this.cells, row * width, width);
  }

  remove(row: number): void {
    this.times[row] = ABSENT;
  }

  setExemplars(row: number, exemplars: readonly Exemplar[]): void {
    this.exemplars.set(row, exemplars);
    if (this.points[row] !== undefined) this.points[row] = undefined;
  }

  /** Whether the row is present with the values that the writer wrote last, at `place`. */
  has(row: number, writer: FloatWriter, place: number): boolean {
    const { width, cells } = this;
    if (!this.isPresent(row)) return false;
    if (width !== undefined) return writer.equals(place, cells, row * width, width);
    const own = this.row(row);
    return writer.equals(place, own, 0, own.length);
  }

  /** The numbers of a row that was written. */
  row(row: number): Float64Array {
    const { width } = this;
    return width === undefined
      ? (this.rows[row] ?? new Float64Array())
      : this.cells.subarray(row * width, (row + 1) * width);
  }

  /** The value of a number, or the count of a histogram, in a row that was written. */
  amount(row: number): number {
    const { kind, cells, width } = this;
    if (width === undefined) return (this.reading(row).value as ExponentialHistogram).count;
    const at = row * width;
    return kind === 'histogram' ? countIn(cells, at, width) : cells[at + ROW_VALUE]!;
  }

  /** Whether a row that was written has this start time. */
  isStart(row: number, [seconds, nanoseconds]: HrTime): boolean {
    const { width } = this;
    const cells = width === undefined ? this.row(row) : this.cells;
    const at = width === undefined ? 0 : row * width;
    return cells[at] === seconds && cells[at + 1] === nanoseconds;
  }

  /** What a row has that was written. */
  reading(row: number): Reading {
    return new FloatReader(this.row(row)).reading(this.kind, this.boundaries);
  }

  /** The same object until the row changes. */
  point(row: number): PointWithExemplars<unknown> {
    let point = this.points[row];
    if (point === undefined) {
      point = this.pointOf(row);
      this.points[row] = point;
    }
    return point;
  }

  /** With a point for each series that is reported. */
  metric(): MetricData {
    const dataPoints = this.attributes.flatMap((_, row) => (this.isPresent(row) ? [this.point(row)] : []));
    const aggregationTemporality = AggregationTemporality.CUMULATIVE;
    // The reader has read the points according to the metric's kind.
    return { ...this.head.metric, aggregationTemporality, dataPoints } as MetricData;
  }

  private pointOf(row: number): PointWithExemplars<unknown> {
    const { startTime, value } = this.reading(row);
    const endTime: HrTime = millisToHrTime(this.times[row] ?? 0);
    const attributes = this.attributes[row] ?? {};
    const exemplars = this.exemplars.get(row);
    return { attributes, startTime, endTime, value, ...(exemplars !== undefined && { exemplars }) };
  }
}
