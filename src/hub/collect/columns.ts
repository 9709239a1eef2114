import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { DataPoint, MetricData } from '@opentelemetry/sdk-metrics';
import { START } from '../../model/protocol.ts';
import type { RegisteredInstrument, Runs } from './series-registry.ts';

/**
 * The points of a metric without an object for each: what the cells of its series held at one time, as the protocol
 * lays them out. Never changes.
 */
export interface Columns {
  /** One object for each series' lifetime; one list as long as the series are the same. */
  readonly attributes: readonly Attributes[];
  /** The runs of all series, one after the other. */
  readonly cells: Float64Array;
  /** Cells in a run. */
  readonly width: number;
  /** Histograms only: those of the buckets, ascending. */
  readonly boundaries?: readonly number[] | undefined;
}

interface Sources {
  readonly columns: Columns;
  /** The end time of every point. */
  readonly endTime: HrTime;
}

/** The columns of metrics. A copy of a metric, which may have other points, has none. */
const sourcesByMetric = new WeakMap<MetricData, Sources>();

/** `undefined` for a metric whose points are objects from the start. */
export function columnsOf(metric: MetricData): Columns | undefined {
  return sourcesByMetric.get(metric)?.columns;
}

/** Spares the caller the points, where only their number matters. */
export function countPoints(metric: MetricData): number {
  return columnsOf(metric)?.attributes.length ?? metric.dataPoints.length;
}

/**
 * Copies the first cells of each series that is present. `undefined` if a series has exemplars, which have no column.
 * It takes a third less time than through the objects of the series, which are all over the heap.
 *
 * @param layout what columns have beside the cells
 */
export function readColumns(
  instrument: RegisteredInstrument,
  layout: Omit<Columns, 'attributes' | 'cells'>,
): Columns | undefined {
  const { width } = layout;
  instrument.runs ??= runsOf(instrument);
  const { at: places, attributes, parts, haveExemplars } = instrument.runs;
  if (haveExemplars) return undefined;
  /** Once a series was not present. */
  let some: Attributes[] | undefined;
  let count = 0;
  let series = 0;
  const cells = new Float64Array(attributes.length * width);
  for (const { cells: from, end } of parts) {
    for (; series < end; series++) {
      const at = places[series]!;
      if (from[at + START] === 0) {
        some ??= attributes.slice(0, series);
        continue;
      }
      const to = count * width;
      for (let i = 0; i < width; i++) cells[to + i] = from[at + i]!;
      some?.push(attributes[series]!);
      count++;
    }
  }
  if (some === undefined) instrument.present = attributes;
  else if (!haveSameItems(some, instrument.present)) instrument.present = some;
  return {
    attributes: instrument.present,
    cells: some === undefined ? cells : cells.subarray(0, count * width),
    ...layout,
  };
}

function haveSameItems(a: readonly Attributes[], b: readonly Attributes[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function runsOf({ series }: RegisteredInstrument): Runs {
  const attributes: Attributes[] = [];
  const at = new Uint32Array(series.size);
  const parts: { cells: Float64Array; end: number }[] = [];
  let haveExemplars = false;
  for (const one of series.values()) {
    at[attributes.length] = one.at;
    const end = attributes.push(one.attributes);
    const part = parts.at(-1);
    if (part?.cells === one.cells) part.end = end;
    else parts.push({ cells: one.cells, end });
    haveExemplars ||= one.exemplars !== undefined;
  }
  return { attributes, at, parts, haveExemplars };
}

/**
 * A metric that makes its points when they are read for the first time. A scrape takes its columns instead, which is
 * much faster. (bench/scrape.ts)
 *
 * @param endTime of all points; may be set later
 * @param valueAt the value of the series whose run begins at this index
 */
export function metricOfColumns<T>(
  head: Omit<MetricData, 'dataPoints'>,
  columns: Columns,
  endTime: HrTime,
  valueAt: (run: { readonly cells: Float64Array; readonly at: number }) => T,
): MetricData {
  let points: DataPoint<T>[] | undefined;
  const metric = {
    ...head,
    get dataPoints() {
      points ??= pointsOf(columns, endTime, valueAt);
      return points;
    },
    // The head says which kind of points these are.
  } as MetricData;
  sourcesByMetric.set(metric, { columns, endTime });
  return metric;
}

/** The metric with another head and other columns, made from its own. */
export function withColumns<T>(
  metric: MetricData,
  head: Omit<MetricData, 'dataPoints'>,
  columns: Columns,
  valueAt: (run: { readonly cells: Float64Array; readonly at: number }) => T,
): MetricData {
  return metricOfColumns(head, columns, sourcesByMetric.get(metric)?.endTime ?? [0, 0], valueAt);
}

function pointsOf<T>(
  { attributes, cells, width }: Columns,
  endTime: HrTime,
  valueAt: (run: { readonly cells: Float64Array; readonly at: number }) => T,
): DataPoint<T>[] {
  const startTimes = startTimesOf(cells, width);
  return attributes.map((own, i) => ({
    startTime: startTimes(i),
    endTime,
    attributes: own,
    value: valueAt({ cells, at: i * width }),
  }));
}

/** The start time of each series. Series that began in one millisecond are often neighbours, and share the object. */
export function startTimesOf(cells: Float64Array, width: number): (series: number) => HrTime {
  let last = Number.NaN;
  let time: HrTime = [0, 0];
  return (series) => {
    const start = cells[series * width + START]!;
    if (start !== last) {
      last = start;
      time = millisToHrTime(start);
    }
    return time;
  };
}
