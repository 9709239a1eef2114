import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Exemplar, PointWithExemplars } from '../../../../src/model/exemplars.ts';

/** Short forms of what the SDK hands to an exporter. */

/** When every series has begun, in seconds. */
export const START = 1_700_000_000.5;
const start: HrTime = [1_700_000_000, 500_000_000];
const end: HrTime = [1_700_000_060, 0];

export type Point<Value> = readonly [
  attributes: Attributes,
  value: Value,
  exemplars?: readonly Exemplar[] | undefined,
];

/** By a span whose ids are made of one digit. */
export function exemplar(value: number, seconds: number, digit?: string): Exemplar {
  const ids = digit === undefined ? {} : { traceId: digit.repeat(32), spanId: digit.repeat(16) };
  return { value, timestamp: [seconds, 250_000_000], filteredAttributes: {}, ...ids };
}

interface Head {
  readonly name: string;
  readonly unit?: string;
  readonly help?: string;
  readonly delta?: boolean;
  /** Exponential histograms only: the explicit boundaries that the instrument was created with. */
  readonly boundaries?: readonly number[];
}

function base({ name, unit = '', help = '', delta = false, boundaries }: Head) {
  return {
    descriptor: { name, unit, description: help, valueType: ValueType.DOUBLE, boundaries },
    aggregationTemporality: delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
  };
}

function dataPoints<Value>(points: readonly Point<Value>[]): PointWithExemplars<Value>[] {
  return points.map(([attributes, value, exemplars]) => ({
    startTime: start,
    endTime: end,
    attributes,
    value,
    ...(exemplars !== undefined && { exemplars }),
  }));
}

export function counter(head: Head, ...points: Point<number>[]): MetricData {
  return {
    ...base(head),
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: dataPoints(points),
  };
}

export function upDownCounter(head: Head, ...points: Point<number>[]): MetricData {
  return {
    ...base(head),
    dataPointType: DataPointType.SUM,
    isMonotonic: false,
    dataPoints: dataPoints(points),
  };
}

export function gauge(head: Head, ...points: Point<number>[]): MetricData {
  return { ...base(head), dataPointType: DataPointType.GAUGE, dataPoints: dataPoints(points) };
}

export interface GivenHistogram {
  readonly boundaries: number[];
  readonly counts: number[];
  readonly sum?: number;
}

export function histogram(head: Head, ...points: Point<GivenHistogram>[]): MetricData {
  return {
    ...base(head),
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: dataPoints(
      points.map(([attributes, { boundaries, counts, sum }, exemplars]) => [
        attributes,
        {
          buckets: { boundaries, counts },
          count: counts.reduce((a, b) => a + b, 0),
          ...(sum === undefined ? {} : { sum }),
        },
        exemplars,
      ]),
    ),
  };
}

export function exponentialHistogram(head: Head, ...points: Point<ExponentialHistogram>[]): MetricData {
  return {
    ...base(head),
    dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints: dataPoints(points),
  };
}

export function scope(name: string, ...metrics: MetricData[]): ScopeMetrics {
  return { scope: { name }, metrics };
}

export function resourceMetrics(resource: Attributes, ...scopeMetrics: ScopeMetrics[]): ResourceMetrics {
  return { resource: resourceFromAttributes(resource), scopeMetrics };
}
