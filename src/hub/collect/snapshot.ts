import type { HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { areAscending, areEqual, DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import { exponentialOf, histogramOf, scalarOf } from '../../model/cell-values.ts';
import type { PointWithExemplars } from '../../model/exemplars.ts';
import { EXPLICIT_BUCKETS, type InstrumentDescription, SCALAR_CELLS, START } from '../../model/protocol.ts';
import { type Columns, metricOfColumns, readColumns } from './columns.ts';
import { readExemplars } from './exemplars.ts';
import { withInterval } from './interval.ts';
import { INSTRUMENT_TYPES, type InstrumentDescriptor, typeOf } from './metric-head.ts';
import type { RegisteredInstrument, RegisteredSeries, SeriesRegistry } from './series-registry.ts';

export interface SnapshotOptions {
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Whether what histograms record from now on belongs to their next interval. */
  readonly endsIntervals?: boolean;
}

/**
 * All series of a recorder, cumulative since each one's start. The points have the time at which the reading ended, so
 * that nothing in them is later: neither values nor exemplars.
 */
export function snapshot(
  registry: Pick<SeriesRegistry, 'instruments'>,
  { clock = Date.now, endsIntervals = false }: SnapshotOptions = {},
): ScopeMetrics[] {
  /** The end time of every point; set when all points are read. */
  const endTime: HrTime = [0, 0];
  const scopes = new Map<string, ScopeMetrics>();
  for (const instrument of registry.instruments.values()) {
    const metric = metricOf(instrument, endTime, endsIntervals);
    if (metric === undefined) continue;
    const { name, version, schemaUrl } = instrument.description.scope;
    const key = JSON.stringify([name, version, schemaUrl]);
    let scope = scopes.get(key);
    if (scope === undefined) {
      scope = { scope: { name, version, ...(schemaUrl === undefined ? {} : { schemaUrl }) }, metrics: [] };
      scopes.set(key, scope);
    }
    scope.metrics.push(metric);
  }
  [endTime[0], endTime[1]] = millisToHrTime(clock());
  return [...scopes.values()];
}

/** `undefined` while the instrument has no series. */
function metricOf(
  instrument: RegisteredInstrument,
  endTime: HrTime,
  endsIntervals: boolean,
): MetricData | undefined {
  const { description, series } = instrument;
  const { kind, boundaries, isExponential, hasIntervals, cellBoundaries } = description;
  const descriptor = descriptorOf(description);
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const layout = columnLayoutOf(description);
  const columns = layout && readColumns(instrument, layout);
  if (columns !== undefined) {
    if (columns.attributes.length === 0) return undefined;
    const head = { descriptor, aggregationTemporality, ...typeOf(kind) };
    if (kind !== 'histogram') return metricOfColumns(head, columns, endTime, scalarOf);
    const bounds = [...(columns.boundaries ?? [])];
    return metricOfColumns(head, columns, endTime, (run) => histogramOf(run, bounds));
  }
  const present = presentOf(series.values());
  if (present.length === 0) return undefined;
  let started = Number.NaN;
  let startTime: HrTime = [0, 0];
  const pointOf = <T>(one: RegisteredSeries, read: (one: RegisteredSeries) => T): PointWithExemplars<T> => {
    const start = one.cells[one.at + START]!;
    // Series that began in one millisecond are often neighbours. They share the object.
    if (start !== started) {
      started = start;
      startTime = millisToHrTime(start);
    }
    if (one.exemplars === undefined)
      return { startTime, endTime, attributes: one.attributes, value: read(one) };
    const exemplars = readExemplars(one.exemplars);
    const point = { startTime, endTime, attributes: one.attributes, value: read(one) };
    return exemplars.length === 0 ? point : { ...point, exemplars };
  };
  switch (kind) {
    case 'histogram': {
      const together = <T extends object>(read: (one: RegisteredSeries) => T | undefined) =>
        hasIntervals === true
          ? (one: RegisteredSeries) => withInterval(one, endsIntervals, () => read(one))
          : read;
      if (isExponential) {
        const dataPoints = present.map((one) => pointOf(one, together(exponentialOf))).filter(isRead);
        const dataPointType = DataPointType.EXPONENTIAL_HISTOGRAM;
        return { descriptor, aggregationTemporality, dataPointType, dataPoints };
      }
      const bounds = [...(cellBoundaries ?? boundaries ?? [])];
      const read = together((one) => histogramOf(one, bounds));
      const dataPoints = present.map((one) => pointOf(one, read)).filter(isRead);
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    default: {
      const dataPoints = present.map((one) => pointOf(one, scalarOf));
      // The type is that of the kind's values.
      return { descriptor, aggregationTemporality, ...typeOf(kind), dataPoints } as MetricData;
    }
  }
}

const descriptors = new WeakMap<InstrumentDescription, InstrumentDescriptor>();

/** One object for the description's lifetime: readers know the instrument by it. */
function descriptorOf(described: InstrumentDescription): InstrumentDescriptor {
  let descriptor = descriptors.get(described);
  if (descriptor === undefined) {
    const { name, unit, description, kind, valueType, boundaries, isExponential, merge } = described;
    const hasOthers = isExponential ? isAdvised(boundaries) : described.cellBoundaries !== undefined;
    descriptor = {
      ...{ name, unit, description, valueType, type: INSTRUMENT_TYPES[kind] },
      ...(merge === undefined ? {} : { merge }),
      ...(hasOthers && { boundaries }),
    };
    descriptors.set(described, descriptor);
  }
  return descriptor;
}

/** `undefined` where the cells of a series have to be read together. */
function columnLayoutOf(
  description: InstrumentDescription,
): Omit<Columns, 'attributes' | 'cells'> | undefined {
  const { kind, isExponential, hasIntervals } = description;
  if (kind !== 'histogram') return { width: SCALAR_CELLS };
  const boundaries = description.cellBoundaries ?? description.boundaries ?? [];
  if (isExponential || hasIntervals === true || !areAscending(boundaries)) return undefined;
  return { width: EXPLICIT_BUCKETS + boundaries.length + 1, boundaries };
}

function presentOf(series: Iterable<RegisteredSeries>): RegisteredSeries[] {
  const present: RegisteredSeries[] = [];
  for (const one of series) if (one.cells[one.at + START] !== 0) present.push(one);
  return present;
}

/** The specification's default boundaries are for milliseconds, and no creator's choice. */
function isAdvised(boundaries: readonly number[] | undefined): boundaries is readonly number[] {
  return boundaries !== undefined && !areEqual(boundaries, DEFAULT_BOUNDARIES);
}

function isRead<T>(point: PointWithExemplars<T | undefined>): point is PointWithExemplars<T> {
  return point.value !== undefined;
}
