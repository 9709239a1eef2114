import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  type IExportMetricsServiceResponse,
  type ISerializer,
  JsonMetricsSerializer,
} from '@opentelemetry/otlp-transformer';
import {
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Exemplar, exemplarsOf } from '../../../model/exemplars.ts';
import type { Scope } from '../../expose/label-columns.ts';
import { isInt64 } from './int64.ts';
import { jsonAttributes, jsonDouble, jsonInteger } from './json-values.ts';
import { TEMPORALITY } from './temporality.ts';

/**
 * As `protobufSerializer`, in JSON: names in lowerCamelCase, enumerations as numbers, 64-bit
 * integers as decimal strings, ids in hexadecimal. (OTLP specification, "JSON Protobuf Encoding")
 */
export const jsonSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest: (metrics) =>
    Buffer.from(JSON.stringify({ resourceMetrics: [resourceMetricsOf(metrics)] })),
  deserializeResponse: (data) => JsonMetricsSerializer.deserializeResponse(data),
};

function resourceMetricsOf({ resource, scopeMetrics }: ResourceMetrics) {
  return {
    resource: { attributes: jsonAttributes(resource.attributes) },
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope: scopeOf(scope),
      metrics: metrics.map(metricOf),
      schemaUrl: scope.schemaUrl,
    })),
    schemaUrl: resource.schemaUrl,
  };
}

function scopeOf({ name, version, attributes }: Scope) {
  return {
    name,
    version,
    attributes: attributes === undefined ? undefined : jsonAttributes(attributes),
  };
}

function metricOf(metric: MetricData) {
  const { name, description, unit } = metric.descriptor;
  return { name, description, unit, ...dataOf(metric) };
}

function dataOf(metric: MetricData) {
  const { valueType } = metric.descriptor;
  const aggregationTemporality = TEMPORALITY[metric.aggregationTemporality];
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return { gauge: { dataPoints: pointsOf(metric.dataPoints, valueType, numberOf) } };
    case DataPointType.SUM: {
      const dataPoints = pointsOf(metric.dataPoints, valueType, numberOf);
      return { sum: { dataPoints, aggregationTemporality, isMonotonic: metric.isMonotonic } };
    }
    case DataPointType.HISTOGRAM: {
      const dataPoints = pointsOf(metric.dataPoints, valueType, histogramOf);
      return { histogram: { dataPoints, aggregationTemporality } };
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const dataPoints = pointsOf(metric.dataPoints, valueType, exponentialOf);
      return { exponentialHistogram: { dataPoints, aggregationTemporality } };
    }
  }
}

function pointsOf<T>(
  points: readonly DataPoint<T>[],
  valueType: ValueType,
  read: (value: T, valueType: ValueType) => object,
) {
  return points.map((point) => {
    const exemplars = exemplarsOf(point);
    return {
      attributes: jsonAttributes(point.attributes),
      startTimeUnixNano: nanoseconds(point.startTime),
      timeUnixNano: nanoseconds(point.endTime),
      ...read(point.value, valueType),
      exemplars:
        exemplars.length === 0 ? undefined : exemplars.map((exemplar) => exemplarOf(exemplar, valueType)),
    };
  });
}

function numberOf(value: number, valueType: ValueType) {
  return valueType === ValueType.INT && isInt64(value)
    ? { asInt: jsonInteger(value) }
    : { asDouble: jsonDouble(value) };
}

function histogramOf({ buckets, ...value }: Histogram) {
  return {
    ...totalsOf(value),
    bucketCounts: buckets.counts.map(jsonInteger),
    explicitBounds: buckets.boundaries.map(jsonDouble),
  };
}

function exponentialOf({ scale, zeroCount, positive, negative, ...value }: ExponentialHistogram) {
  return {
    ...totalsOf(value),
    scale,
    zeroCount: jsonInteger(zeroCount),
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
  };
}

function bucketsOf({ offset, bucketCounts }: ExponentialHistogram['positive']) {
  return { offset, bucketCounts: bucketCounts.map(jsonInteger) };
}

function totalsOf({ count, sum, min, max }: Pick<Histogram, 'count' | 'sum' | 'min' | 'max'>) {
  return {
    count: jsonInteger(count),
    sum: sum === undefined ? undefined : jsonDouble(sum),
    min: min === undefined ? undefined : jsonDouble(min),
    max: max === undefined ? undefined : jsonDouble(max),
  };
}

function exemplarOf(
  { value, timestamp, traceId, spanId, filteredAttributes }: Exemplar,
  valueType: ValueType,
) {
  return {
    filteredAttributes: jsonAttributes(filteredAttributes),
    timeUnixNano: nanoseconds(timestamp),
    ...numberOf(value, valueType),
    spanId,
    traceId,
  };
}

function nanoseconds([seconds, rest]: HrTime): string {
  return String(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(rest)));
}
