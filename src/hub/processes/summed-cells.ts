import type { Attributes, HrTime } from '@opentelemetry/api';
import type { Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import { histogramOf, scalarOf } from '../../model/cell-values.ts';
import { type Exemplar, latest, type PointWithExemplars } from '../../model/exemplars.ts';
import {
  EXPLICIT_BUCKETS,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
  SCALAR_CELLS,
  SCALAR_VALUE,
  START,
} from '../../model/protocol.ts';
import { type Columns, metricOfColumns } from '../collect/columns.ts';
import { countIn, ROW_COUNTS, ROW_MAX, ROW_MIN, ROW_SUM, ROW_VALUE } from './floats.ts';
import type { MetricCells } from './metric-cells.ts';

/** So many series that no process has any more are kept before the rows are made anew. */
const MAX_GONE = 1000;

/** A sum or a histogram of several processes: rows like those of the processes, one for each set of attributes. */
export class SummedCells {
  /** By row. One object for the series' lifetime: it serves as the series' identity from here onwards. */
  private attributes: Attributes[] = [];
  private byKey = new Map<string, number>();
  /** Maps the rows of each process' cells to the rows here. */
  private rowsOf = new WeakMap<MetricCells, number[]>();
  private sums = new Float64Array(0);
  /** By row: the last pass that had the series, and the count of a histogram. */
  private passes: number[] = [];
  private counts: number[] = [];
  private pass = 0;
  /** Attributes of the series of the latest pass; one list as long as these are the same. */
  private present: Attributes[] = [];

  /**
   * @param head of the metric
   * @param parts of one kind and with equal boundaries: sums, or histograms with explicit buckets
   * @returns `undefined` if there are no series
   */
  add(
    head: Omit<MetricData, 'dataPoints'>,
    parts: readonly MetricCells[],
    now: HrTime,
  ): MetricData | undefined {
    const [first] = parts;
    const width = first?.width;
    if (first === undefined || width === undefined) return undefined;
    this.pass++;
    for (const cells of parts) this.meet(cells);
    const needed = this.attributes.length * width;
    if (this.sums.length < needed || this.sums.length > 4 * needed) this.sums = new Float64Array(needed);
    const isHistogram = first.kind === 'histogram';
    for (const cells of parts) this.addRows(cells, width, isHistogram);
    const exemplars = this.exemplarsOf(parts, isHistogram ? first.boundaries : undefined);
    this.findPresent();
    const columns = exemplars.size > 0 ? undefined : this.columns(width, isHistogram, first.boundaries);
    const metric =
      columns === undefined
        ? this.metricOfPoints(head, width, now, exemplars, isHistogram ? first.boundaries : undefined)
        : isHistogram
          ? metricOfColumns(head, columns, now, (run) => histogramOf(run, first.boundaries))
          : metricOfColumns(head, columns, now, scalarOf);
    if (this.attributes.length > 2 * this.present.length + MAX_GONE) this.forget();
    return this.present.length === 0 ? undefined : metric;
  }

  private findPresent(): void {
    const { attributes, passes, pass, present } = this;
    let count = 0;
    for (let row = 0; row < passes.length; row++) {
      if (passes[row] !== pass) continue;
      if (present[count] !== attributes[row]) {
        this.present = attributes.filter((_, one) => passes[one] === pass);
        return;
      }
      count++;
    }
    if (count < present.length) this.present = present.slice(0, count);
  }

  /** `undefined` if cells cannot hold the numbers: a time that no process' cells have, or a histogram without a sum. */
  private columns(width: number, isHistogram: boolean, boundaries: readonly number[]): Columns | undefined {
    const { sums, passes, pass } = this;
    const columnWidth = isHistogram ? EXPLICIT_BUCKETS + boundaries.length + 1 : SCALAR_CELLS;
    const cells = new Float64Array(this.present.length * columnWidth);
    let to = 0;
    for (let row = 0; row < passes.length; row++) {
      if (passes[row] !== pass) continue;
      const at = row * width;
      const start = sums[at]! * 1e3 + sums[at + 1]! / 1e6;
      // Cells have milliseconds. Times of other sources are finer.
      if (!Number.isInteger(start)) return undefined;
      cells[to + START] = start;
      if (!isHistogram) {
        cells[to + SCALAR_VALUE] = sums[at + ROW_VALUE]!;
      } else {
        if (!isRegular(sums, at, this.counts[row]!)) return undefined;
        for (let i = 0; i < columnWidth - EXPLICIT_BUCKETS; i++) {
          cells[to + EXPLICIT_BUCKETS + i] = sums[at + ROW_COUNTS + i]!;
        }
        cells[to + HISTOGRAM_SUM] = sums[at + ROW_SUM]!;
        cells[to + HISTOGRAM_MIN] = sums[at + ROW_MIN]!;
        cells[to + HISTOGRAM_MAX] = sums[at + ROW_MAX]!;
      }
      to += columnWidth;
    }
    return {
      attributes: this.present,
      cells,
      width: columnWidth,
      ...(isHistogram && { boundaries }),
    };
  }

  private metricOfPoints(
    head: Omit<MetricData, 'dataPoints'>,
    width: number,
    now: HrTime,
    exemplars: ReadonlyMap<number, readonly Exemplar[]>,
    boundaries: number[] | undefined,
  ): MetricData {
    const dataPoints =
      boundaries === undefined
        ? this.points(width, now, exemplars, (_, at) => this.sums[at + ROW_VALUE]!)
        : this.points(width, now, exemplars, (row, at) => this.histogramOf(row, at, width, boundaries));
    // The parts have the head's kind.
    return { ...head, dataPoints } as MetricData;
  }

  /**
   * Runs for every series of every process in every scrape: destructured arrays in it were 1 MB of garbage a scrape, in
   * code that is not optimized yet. (bench/processes.ts)
   */
  private addRows(cells: MetricCells, width: number, isHistogram: boolean): void {
    const { sums, passes, pass } = this;
    const { cells: from, times } = cells;
    const rows = this.rowsOf.get(cells) ?? [];
    for (let row = 0; row < times.length; row++) {
      if (!cells.isPresent(row)) continue;
      const own = rows[row]!;
      const at = own * width;
      const begin = row * width;
      if (passes[own] !== pass) {
        passes[own] = pass;
        for (let i = 0; i < width; i++) sums[at + i] = from[begin + i]!;
        if (isHistogram) this.counts[own] = countIn(from, begin, width);
        continue;
      }
      // A merged series starts with the earliest of its parts.
      const seconds = from[begin]!;
      const nanoseconds = from[begin + 1]!;
      if (seconds < sums[at]! || (seconds === sums[at] && nanoseconds < sums[at + 1]!)) {
        sums[at] = seconds;
        sums[at + 1] = nanoseconds;
      }
      if (isHistogram) this.addHistogram(own, from, begin, width);
      else sums[at + ROW_VALUE]! += from[begin + ROW_VALUE]!;
    }
  }

  /** As `addHistograms`: a sum that one of the two lacks, NaN, is unknown; extremes come from those that have counts. */
  private addHistogram(row: number, from: Float64Array, begin: number, width: number): void {
    const { sums, counts } = this;
    const at = row * width;
    const count = countIn(from, begin, width);
    const before = counts[row]!;
    sums[at + ROW_SUM]! += from[begin + ROW_SUM]!;
    if (before === 0) {
      sums[at + ROW_MIN] = from[begin + ROW_MIN]!;
      sums[at + ROW_MAX] = from[begin + ROW_MAX]!;
    } else if (count > 0) {
      sums[at + ROW_MIN] = Math.min(sums[at + ROW_MIN]!, from[begin + ROW_MIN]!);
      sums[at + ROW_MAX] = Math.max(sums[at + ROW_MAX]!, from[begin + ROW_MAX]!);
    }
    for (let i = ROW_COUNTS; i < width; i++) sums[at + i]! += from[begin + i]!;
    counts[row] = before + count;
  }

  private histogramOf(row: number, at: number, width: number, boundaries: number[]): Histogram {
    const { sums } = this;
    const [sum, min, max] = [sums[at + ROW_SUM]!, sums[at + ROW_MIN]!, sums[at + ROW_MAX]!];
    return {
      ...(!Number.isNaN(sum) && { sum }),
      ...(!Number.isNaN(min) && { min }),
      ...(!Number.isNaN(max) && { max }),
      count: this.counts[row]!,
      buckets: { boundaries, counts: Array.from(sums.subarray(at + ROW_COUNTS, at + width)) },
    };
  }

  private points<T>(
    width: number,
    endTime: HrTime,
    exemplars: ReadonlyMap<number, readonly Exemplar[]>,
    read: (row: number, at: number) => T,
  ): PointWithExemplars<T>[] {
    const { sums, passes, pass } = this;
    const points: PointWithExemplars<T>[] = [];
    let startTime: HrTime = [0, 0];
    for (let row = 0; row < passes.length; row++) {
      if (passes[row] !== pass) continue;
      const at = row * width;
      const seconds = sums[at]!;
      const nanoseconds = sums[at + 1]!;
      // Series that began together are often neighbours. They share the object.
      if (seconds !== startTime[0] || nanoseconds !== startTime[1]) startTime = [seconds, nanoseconds];
      const point = { startTime, endTime, attributes: this.attributes[row]!, value: read(row, at) };
      const own = exemplars.get(row);
      points.push(own === undefined ? point : { ...point, exemplars: own });
    }
    return points;
  }

  private exemplarsOf(
    parts: readonly MetricCells[],
    boundaries: readonly number[] | undefined,
  ): ReadonlyMap<number, readonly Exemplar[]> {
    const merged = new Map<number, readonly Exemplar[]>();
    for (const cells of parts) {
      const rows = this.rowsOf.get(cells) ?? [];
      for (const [row, given] of cells.exemplars) {
        if (!cells.isPresent(row)) continue;
        const own = rows[row]!;
        const { exemplars } = latest({ exemplars: merged.get(own) ?? [] }, { exemplars: given }, boundaries);
        if (exemplars !== undefined) merged.set(own, exemplars);
      }
    }
    return merged;
  }

  /** Finds rows for new series. The process' cells take over the merged series' attributes, so that one object is left. */
  private meet(cells: MetricCells): void {
    let rows = this.rowsOf.get(cells);
    if (rows === undefined) {
      rows = [];
      this.rowsOf.set(cells, rows);
    }
    for (let row = rows.length; row < cells.attributes.length; row++) {
      const given = cells.attributes[row]!;
      const { key } = canonicalize(given);
      let own = this.byKey.get(key);
      if (own === undefined) {
        own = this.attributes.push(given) - 1;
        this.byKey.set(key, own);
        this.passes.push(0);
        this.counts.push(0);
      }
      rows.push(own);
      cells.attributes[row] = this.attributes[own]!;
    }
  }

  /** Leaves out the series that no process has any more. */
  private forget(): void {
    const isKept = (row: number) => this.passes[row] === this.pass;
    const kept = [...this.byKey].filter(([, row]) => isKept(row));
    this.byKey = new Map(kept.map(([key], row) => [key, row]));
    this.attributes = kept.map(([, row]) => this.attributes[row]!);
    this.passes = kept.map(() => 0);
    this.counts = kept.map(() => 0);
    this.rowsOf = new WeakMap();
  }
}

/** Whether cells can hold a histogram: with a sum, and with extremes if it has counts. */
function isRegular(floats: Float64Array, at: number, count: number): boolean {
  const min = floats[at + ROW_MIN]!;
  const max = floats[at + ROW_MAX]!;
  const hasExtremes = count === 0 ? Number.isNaN(min) && Number.isNaN(max) : min <= max;
  return hasExtremes && !Number.isNaN(floats[at + ROW_SUM]!);
}
