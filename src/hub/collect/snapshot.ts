import { millisToHrTime } from '@opentelemetry/core';
import {
  AggregationTemporality,
  DataPointType,
  type Histogram,
  InstrumentType,
  type MetricData,
  type MetricDescriptor,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { PointWithExemplars } from '../../model/exemplars.ts';
import {
  EXPLICIT_BUCKETS,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
  type InstrumentKind,
  SCALAR_VALUE,
  START,
} from '../../model/protocol.ts';
import { readExemplars } from './exemplars.ts';
import { exponentialOf } from './exponential.ts';
import type { RegisteredInstrument, RegisteredSeries, SeriesRegistry } from './series-registry.ts';

/** As the SDK's own descriptors: with the kind of instrument, by which a reader chooses the temporality. */
export interface InstrumentDescriptor extends MetricDescriptor {
  readonly type: InstrumentType;
  /** Gauges only: the rule that the application gave for making one of those of several processes. */
  readonly merge?: string;
}

const TYPES: Record<InstrumentKind, InstrumentType> = {
  counter: InstrumentType.COUNTER,
  upDownCounter: InstrumentType.UP_DOWN_COUNTER,
  histogram: InstrumentType.HISTOGRAM,
  gauge: InstrumentType.GAUGE,
  observableCounter: InstrumentType.OBSERVABLE_COUNTER,
  observableUpDownCounter: InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
  observableGauge: InstrumentType.OBSERVABLE_GAUGE,
};

/** All series of a recorder at one moment (milliseconds since the epoch), cumulative since each one's start. */
export function snapshot(registry: Pick<SeriesRegistry, 'instruments'>, now: number): ScopeMetrics[] {
  const scopes = new Map<string, ScopeMetrics>();
  for (const instrument of registry.instruments.values()) {
    const metric = metricOf(instrument, now);
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
  return [...scopes.values()];
}

/** `undefined` while the instrument has no series. */
function metricOf({ description, series }: RegisteredInstrument, now: number): MetricData | undefined {
  const present = [...series.values()].filter(({ cells, at }) => cells[at + START] !== 0);
  if (present.length === 0) return undefined;
  const { name, unit, kind, valueType, boundaries, isExponential, merge } = description;
  const descriptor: InstrumentDescriptor = {
    name,
    unit,
    description: description.description,
    valueType,
    type: TYPES[kind],
    ...(merge === undefined ? {} : { merge }),
  };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const endTime = millisToHrTime(now);
  const pointOf = <T>(one: RegisteredSeries, read: (one: RegisteredSeries) => T): PointWithExemplars<T> => {
    const startTime = millisToHrTime(one.cells[one.at + START]!);
    const exemplars = readExemplars(one);
    const point = { startTime, endTime, attributes: one.attributes, value: read(one) };
    return exemplars.length === 0 ? point : { ...point, exemplars };
  };
  switch (kind) {
    case 'histogram': {
      if (isExponential) {
        const dataPoints = present.map((one) => pointOf(one, exponentialOf)).filter(isRead);
        const dataPointType = DataPointType.EXPONENTIAL_HISTOGRAM;
        return { descriptor, aggregationTemporality, dataPointType, dataPoints };
      }
      const bounds = boundaries === undefined ? [] : [...boundaries];
      const dataPoints = present.map((one) => pointOf(one, (series) => histogramOf(series, bounds)));
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case 'gauge':
    case 'observableGauge': {
      const dataPoints = present.map((one) => pointOf(one, scalarOf));
      return { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints };
    }
    default: {
      const dataPoints = present.map((one) => pointOf(one, scalarOf));
      const isMonotonic = kind === 'counter' || kind === 'observableCounter';
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: DataPointType.SUM,
        dataPoints,
        isMonotonic,
      };
    }
  }
}

function isRead<T>(point: PointWithExemplars<T | undefined>): point is PointWithExemplars<T> {
  return point.value !== undefined;
}

function scalarOf({ cells, at }: RegisteredSeries): number {
  return cells[at + SCALAR_VALUE]!;
}

function histogramOf({ cells, at }: RegisteredSeries, boundaries: number[]): Histogram {
  const counts = new Array<number>(boundaries.length + 1);
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    const inBucket = cells[at + EXPLICIT_BUCKETS + i]!;
    counts[i] = inBucket;
    count += inBucket;
  }
  const min = cells[at + HISTOGRAM_MIN]!;
  const max = cells[at + HISTOGRAM_MAX]!;
  // Before the first value, and where somebody else counts, they stand at the infinities.
  const hasMinMax = count > 0 && min <= max;
  return {
    ...(hasMinMax ? { min, max } : {}),
    sum: cells[at + HISTOGRAM_SUM]!,
    buckets: { boundaries, counts },
    count,
  };
}
