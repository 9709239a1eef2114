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
import { JsonWriter } from './json-writer.ts';
import { TEMPORALITY } from './temporality.ts';

/**
 * The same as `protobufSerializer`, in JSON: names in lowerCamelCase, enumerations as numbers, 64-bit
 * integers as decimal strings, ids in hexadecimal. (OTLP specification, "JSON Protobuf Encoding")
 *
 * It writes bytes without an object for each message. One string for the whole body took twice as long. (bench/otlp.ts)
 */
export const jsonSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest(metrics) {
    const writer = new JsonWriter();
    writeResourceMetrics(writer, metrics);
    return writer.take();
  },
  deserializeResponse: (data) => JsonMetricsSerializer.deserializeResponse(data),
};

function writeResourceMetrics(writer: JsonWriter, { resource, scopeMetrics }: ResourceMetrics): void {
  writer.json(`{"resourceMetrics":[{"resource":{"attributes":${attributesJson(resource.attributes)}}`);
  writer.json(',"scopeMetrics":[');
  writer.list(scopeMetrics, writeScopeMetrics);
  writer.json(`]${textField('schemaUrl', resource.schemaUrl)}}]}`);
}

function writeScopeMetrics(writer: JsonWriter, { scope, metrics }: ScopeMetrics): void {
  writer.json(`{"scope":${scopeJson(scope)},"metrics":[`);
  writer.list(metrics, writeMetric);
  writer.json(`]${textField('schemaUrl', scope.schemaUrl)}}`);
}

function scopeJson({ name, version, attributes }: Scope): string {
  const list = attributes === undefined ? '' : `,"attributes":${attributesJson(attributes)}`;
  return `{"name":${JSON.stringify(name)}${textField('version', version)}${list}}`;
}

function textField(name: string, text: string | undefined): string {
  return text === undefined ? '' : `,"${name}":${JSON.stringify(text)}`;
}

function writeMetric(writer: JsonWriter, metric: MetricData): void {
  const { name, description, unit } = metric.descriptor;
  writer.json(`{"name":${JSON.stringify(name)}${textField('description', description)}`);
  writer.json(`${textField('unit', unit)},`);
  writeData(writer, metric);
  writer.json('}');
}

function writeData(writer: JsonWriter, metric: MetricData): void {
  const { valueType } = metric.descriptor;
  const temporality = `"aggregationTemporality":${TEMPORALITY[metric.aggregationTemporality]}`;
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      writer.json('"gauge":{');
      writePoints(writer, metric.dataPoints, valueType, writeNumber);
      writer.json('}');
      break;
    case DataPointType.SUM:
      writer.json('"sum":{');
      writePoints(writer, metric.dataPoints, valueType, writeNumber);
      writer.json(`,${temporality},"isMonotonic":${metric.isMonotonic}}`);
      break;
    case DataPointType.HISTOGRAM:
      writer.json('"histogram":{');
      writePoints(writer, metric.dataPoints, valueType, histogramWriter());
      writer.json(`,${temporality}}`);
      break;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      writer.json('"exponentialHistogram":{');
      writePoints(writer, metric.dataPoints, valueType, (to, value) => {
        writeTotals(to, value);
        to.json(exponentialJson(value));
      });
      writer.json(`,${temporality}}`);
      break;
  }
}

/** @param writeValue writes fields, the first without a comma before it */
function writePoints<T>(
  writer: JsonWriter,
  points: readonly DataPoint<T>[],
  valueType: ValueType,
  writeValue: (writer: JsonWriter, value: T, valueType: ValueType) => void,
): void {
  const timesOf = timesJson();
  writer.json('"dataPoints":[');
  writer.list(points, (_, point) => {
    writer.known(ATTRIBUTES);
    writer.attributes(point.attributes);
    writer.known(timesOf(point));
    writeValue(writer, point.value, valueType);
    const exemplars = exemplarsOf(point);
    if (exemplars.length > 0) writer.json(exemplarsJson(exemplars, valueType));
    writer.known(END);
  });
  writer.json(']');
}

const ATTRIBUTES = '{"attributes":[';
const END = '}';
const COUNT = '"count":';
const SUM = ',"sum":';
const MIN = ',"min":';
const MAX = ',"max":';
const COUNTS = ',"bucketCounts":[';

function writeNumber(writer: JsonWriter, value: number, valueType: ValueType): void {
  writer.json(numberJson(value, valueType));
}

function numberJson(value: number, valueType: ValueType): string {
  return valueType === ValueType.INT && isInt64(value)
    ? `"asInt":${integerJson(value)}`
    : `"asDouble":${doubleJson(value)}`;
}

/** Caches the text of the boundaries, because nearly all points of a metric share them. */
function histogramWriter(): (writer: JsonWriter, value: Histogram) => void {
  let boundaries: readonly number[] | undefined;
  let boundariesText = '';
  return (writer, value) => {
    const { buckets } = value;
    if (buckets.boundaries !== boundaries) {
      boundaries = buckets.boundaries;
      boundariesText = `],"explicitBounds":[${boundaries.map(doubleJson).join()}]`;
    }
    writeTotals(writer, value);
    writer.known(COUNTS);
    writer.integers(buckets.counts);
    writer.known(boundariesText);
  };
}

function exponentialJson(value: ExponentialHistogram): string {
  const { scale, zeroCount, positive, negative } = value;
  return (
    `,"scale":${scale},"zeroCount":${integerJson(zeroCount)}` +
    `,"positive":${bucketsJson(positive)},"negative":${bucketsJson(negative)}`
  );
}

function bucketsJson({ offset, bucketCounts }: ExponentialHistogram['positive']): string {
  return `{"offset":${offset},"bucketCounts":${integersJson(bucketCounts)}}`;
}

function writeTotals(
  writer: JsonWriter,
  { count, sum, min, max }: Pick<Histogram, 'count' | 'sum' | 'min' | 'max'>,
): void {
  writer.known(COUNT);
  writer.integer(count);
  if (sum !== undefined) writer.field(SUM, sum);
  if (min !== undefined) writer.field(MIN, min);
  if (max !== undefined) writer.field(MAX, max);
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

/** The times of a point, and what stands around them. Many neighbours have the same. */
function timesJson(): (point: DataPoint<unknown>) => string {
  let [start, end]: [HrTime, HrTime] = [
    [Number.NaN, 0],
    [0, 0],
  ];
  let text = '';
  return ({ startTime, endTime }) => {
    if (!isSame(startTime, start) || !isSame(endTime, end)) {
      [start, end] = [startTime, endTime];
      // A copy through bytes is one flat string, which is faster to write than one in parts.
      const parts = `],"startTimeUnixNano":${timeJson(start)},"timeUnixNano":${timeJson(end)},`;
      text = Buffer.from(parts).toString('latin1');
    }
    return text;
  };
}

function isSame(a: HrTime, b: HrTime): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** Nanoseconds since the epoch. */
function timeJson([seconds, nanoseconds]: HrTime): string {
  return `"${BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds))}"`;
}
