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
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Exemplar, exemplarsOf } from '../../../model/exemplars.ts';
import type { Scope } from '../../expose/label-columns.ts';
import { isInt64 } from './int64.ts';
import { attributesJson, doubleJson, integerJson, integersJson } from './json-values.ts';
import { TEMPORALITY } from './temporality.ts';

/**
 * The same as `protobufSerializer`, in JSON: names in lowerCamelCase, enumerations as numbers, 64-bit
 * integers as decimal strings, ids in hexadecimal. (OTLP specification, "JSON Protobuf Encoding")
 *
 * It writes text without an object for each message, which took about 1.5 times as long. (bench/otlp.ts)
 */
export const jsonSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest: (metrics) => Buffer.from(`{"resourceMetrics":[${resourceMetricsJson(metrics)}]}`),
  deserializeResponse: (data) => JsonMetricsSerializer.deserializeResponse(data),
};

function resourceMetricsJson({ resource, scopeMetrics }: ResourceMetrics): string {
  return (
    `{"resource":{"attributes":${attributesJson(resource.attributes)}}` +
    `,"scopeMetrics":[${scopeMetrics.map(scopeMetricsJson).join()}]${textField('schemaUrl', resource.schemaUrl)}}`
  );
}

function scopeMetricsJson({ scope, metrics }: ScopeMetrics): string {
  return `{"scope":${scopeJson(scope)},"metrics":[${metrics.map(metricJson).join()}]${textField('schemaUrl', scope.schemaUrl)}}`;
}

function scopeJson({ name, version, attributes }: Scope): string {
  const list = attributes === undefined ? '' : `,"attributes":${attributesJson(attributes)}`;
  return `{"name":${JSON.stringify(name)}${textField('version', version)}${list}}`;
}

function textField(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${JSON.stringify(text)}`;
}

function metricJson(metric: MetricData): string {
  const { name, description, unit } = metric.descriptor;
  const head = `{"name":${JSON.stringify(name)}${textField('description', description)}${textField('unit', unit)}`;
  return `${head},${dataJson(metric)}}`;
}

function dataJson(metric: MetricData): string {
  const { valueType } = metric.descriptor;
  const temporality = `"aggregationTemporality":${TEMPORALITY[metric.aggregationTemporality]}`;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return `"gauge":{${pointsJson(metric.dataPoints, valueType, numberJson)}}`;
    case DataPointType.SUM: {
      const points = pointsJson(metric.dataPoints, valueType, numberJson);
      return `"sum":{${points},${temporality},"isMonotonic":${metric.isMonotonic}}`;
    }
    case DataPointType.HISTOGRAM:
      return `"histogram":{${pointsJson(metric.dataPoints, valueType, histogramJson())},${temporality}}`;
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const points = pointsJson(metric.dataPoints, valueType, exponentialJson);
      return `"exponentialHistogram":{${points},${temporality}}`;
    }
  }
}

/** @param valueJson fields, the first without a comma before it */
function pointsJson<T>(
  points: readonly DataPoint<T>[],
  valueType: ValueType,
  valueJson: (value: T, valueType: ValueType) => string,
): string {
  const list = points.map(
    (point) =>
      `{"attributes":${attributesJson(point.attributes)}` +
      `,"startTimeUnixNano":${timeJson(point.startTime)},"timeUnixNano":${timeJson(point.endTime)}` +
      `,${valueJson(point.value, valueType)}${exemplarsJson(exemplarsOf(point), valueType)}}`,
  );
  return `"dataPoints":[${list.join()}]`;
}

function numberJson(value: number, valueType: ValueType): string {
  return valueType === ValueType.INT && isInt64(value)
    ? `"asInt":${integerJson(value)}`
    : `"asDouble":${doubleJson(value)}`;
}

/** Caches the text of the boundaries, because nearly all points of a metric share them. */
function histogramJson(): (value: Histogram) => string {
  let boundaries: readonly number[] | undefined;
  let boundariesText = '';
  return (value) => {
    const { buckets } = value;
    if (buckets.boundaries !== boundaries) {
      boundaries = buckets.boundaries;
      boundariesText = boundaries.map(doubleJson).join();
    }
    const counts = integersJson(buckets.counts);
    return `${totalsJson(value)},"bucketCounts":${counts},"explicitBounds":[${boundariesText}]`;
  };
}

function exponentialJson(value: ExponentialHistogram): string {
  const { scale, zeroCount, positive, negative } = value;
  return (
    `${totalsJson(value)},"scale":${scale},"zeroCount":${integerJson(zeroCount)}` +
    `,"positive":${bucketsJson(positive)},"negative":${bucketsJson(negative)}`
  );
}

function bucketsJson({ offset, bucketCounts }: ExponentialHistogram['positive']): string {
  return `{"offset":${offset},"bucketCounts":${integersJson(bucketCounts)}}`;
}

function totalsJson({ count, sum, min, max }: Pick<Histogram, 'count' | 'sum' | 'min' | 'max'>): string {
  let text = `"count":${integerJson(count)}`;
  if (sum !== undefined) text += `,"sum":${doubleJson(sum)}`;
  if (min !== undefined) text += `,"min":${doubleJson(min)}`;
  if (max !== undefined) text += `,"max":${doubleJson(max)}`;
  return text;
}

function exemplarsJson(exemplars: readonly Exemplar[], valueType: ValueType): string {
  if (exemplars.length === 0) return '';
  return `,"exemplars":[${exemplars.map((exemplar) => exemplarJson(exemplar, valueType)).join()}]`;
}

function exemplarJson(
  { value, timestamp, traceId, spanId, filteredAttributes }: Exemplar,
  valueType: ValueType,
): string {
  return (
    `{"filteredAttributes":${attributesJson(filteredAttributes)},"timeUnixNano":${timeJson(timestamp)}` +
    `,${numberJson(value, valueType)}${textField('spanId', spanId)}${textField('traceId', traceId)}}`
  );
}

/** The last two times and their texts. Nearly all points share their end, and many their start. */
let [last, lastButOne] = [timeText(0, 0), timeText(0, 0)];

/** Nanoseconds since the epoch. */
function timeJson([seconds, nanoseconds]: HrTime): string {
  if (last.seconds !== seconds || last.nanoseconds !== nanoseconds) {
    const before = last;
    const isKnown = lastButOne.seconds === seconds && lastButOne.nanoseconds === nanoseconds;
    last = isKnown ? lastButOne : timeText(seconds, nanoseconds);
    lastButOne = before;
  }
  return last.text;
}

function timeText(seconds: number, nanoseconds: number) {
  const total = BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds));
  return { seconds, nanoseconds, text: `"${total}"` };
}
