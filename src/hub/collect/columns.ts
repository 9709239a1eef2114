import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { DataPoint, MetricData } from '@opentelemetry/sdk-metrics';
import { START } from '../../model/protocol.ts';
import type { RegisteredInstrument } from './series-registry.ts';

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
  /** Of all points. */
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
 *
 * @param layout what columns have beside the cells
 */
export function readColumns(
  instrument: RegisteredInstrument,
  layout: Omit<Columns, 'attributes' | 'cells'>,
): Columns | undefined {
  const { series, present } = instrument;
  const { width } = layout;
  /** Once the series are not those of the last reading. */
  let attributes: Attributes[] | undefined;
  let count = 0;
  const cells = new Float64Array(series.size * width);
  for (const one of series.values()) {
    if (one.exemplars !== undefined) return undefined;
    const { cells: from, at } = one;
    if (from[at + START] === 0) continue;
    const to = count * width;
    for (let i = 0; i < width; i++) cells[to + i] = from[at + i]!;
    if (attributes === undefined && present[count] !== one.attributes) attributes = present.slice(0, count);
    attributes?.push(one.attributes);
    count++;
  }
  if (attributes === undefined && count < present.length) attributes = present.slice(0, count);
  if (attributes !== undefined) instrument.present = attributes;
  return {
    attributes: instrument.present,
    cells: count === series.size ? cells : cells.subarray(0, count * width),
    ...layout,
  };
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
