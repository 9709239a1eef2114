import type { Attributes, HrTime } from '@opentelemetry/api';
import type { Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import { type Exemplar, latest, type PointWithExemplars } from '../../model/exemplars.ts';
import { ROW_COUNTS, ROW_MAX, ROW_MIN, ROW_SUM, ROW_VALUE } from './floats.ts';
import type { MetricCells } from './metric-cells.ts';

/** So many series that no process has any more are kept before the rows are made anew. */
const MAX_GONE = 1000;

/** A sum or a histogram of several processes: rows like those of the processes, one for each set of attributes. */
export class SummedCells {
  /** By row. One object for the series' lifetime: it serves as the series' identity from here onwards. */
  private attributes: Attributes[] = [];
  private byKey = new Map<string, number>();
  /** Of the processes' cells: by their rows, the rows here. */
  private rowsOf = new WeakMap<MetricCells, number[]>();
  private sums = new Float64Array(0);
  /** By row: the last pass that had the series, and the count of a histogram. */
  private passes: number[] = [];
  private counts: number[] = [];
  private pass = 0;

  /** @param parts of one kind and with equal boundaries: sums, or histograms with explicit buckets */
  add(parts: readonly MetricCells[], now: HrTime): MetricData['dataPoints'] {
    const [first] = parts;
    const width = first?.width;
    if (first === undefined || width === undefined) return [];
    this.pass++;
    for (const cells of parts) this.meet(cells);
    const needed = this.attributes.length * width;
    if (this.sums.length < needed || this.sums.length > 4 * needed) this.sums = new Float64Array(needed);
    const isHistogram = first.kind === 'histogram';
    for (const cells of parts) this.addRows(cells, width, isHistogram);
    const exemplars = this.exemplarsOf(parts, isHistogram ? first.boundaries : undefined);
    const points = isHistogram
      ? this.points(width, now, exemplars, (row, at) => this.histogramOf(row, at, width, first.boundaries))
      : this.points(width, now, exemplars, (_, at) => this.sums[at + ROW_VALUE]!);
    if (this.attributes.length > 2 * points.length + MAX_GONE) this.forget();
    // Of the parts' kind.
    return points as MetricData['dataPoints'];
  }

  private addRows(cells: MetricCells, width: number, isHistogram: boolean): void {
    const { sums, passes, pass } = this;
    const { cells: from, times } = cells;
    const rows = this.rowsOf.get(cells) ?? [];
    for (let row = 0; row < times.length; row++) {
      if (!cells.isPresent(row)) continue;
      const own = rows[row]!;
      const [at, begin] = [own * width, row * width];
      if (passes[own] !== pass) {
        passes[own] = pass;
        for (let i = 0; i < width; i++) sums[at + i] = from[begin + i]!;
        if (isHistogram) this.counts[own] = countOf(from, begin, width);
        continue;
      }
      // A merged series starts with the earliest of its parts.
      const [seconds, nanoseconds] = [from[begin]!, from[begin + 1]!];
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
    const count = countOf(from, begin, width);
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
      const [seconds, nanoseconds] = [sums[at]!, sums[at + 1]!];
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

function countOf(floats: Float64Array, begin: number, width: number): number {
  let count = 0;
  for (let i = ROW_COUNTS; i < width; i++) count += floats[begin + i]!;
  return count;
}
