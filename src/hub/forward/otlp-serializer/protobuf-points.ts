import { ValueType } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { ProtobufWriter } from '../../../encoding/protobuf-writer.ts';
import { type Exemplar, exemplarsOf } from '../../../model/exemplars.ts';
import { BUCKETS, EXEMPLAR, EXPONENTIAL_POINT, HISTOGRAM_POINT, NUMBER_POINT, POINT } from './fields.ts';
import { isInt64 } from './int64.ts';
import { writeAttributes } from './protobuf-attributes.ts';

/** A point without its tag and length. */
export type WritePoint<T> = (writer: ProtobufWriter, point: DataPoint<T>, valueType: ValueType) => void;

export const writeNumberPoint: WritePoint<number> = (writer, point, valueType) => {
  writeTimes(writer, point);
  writeNumber(writer, NUMBER_POINT, point.value, valueType);
  writeExemplars(writer, NUMBER_POINT.exemplars, point, valueType);
  writeAttributes(writer, NUMBER_POINT.attributes, point.attributes);
};

export const writeHistogramPoint: WritePoint<Histogram> = (writer, point, valueType) => {
  const { count, buckets } = point.value;
  writeTimes(writer, point);
  writer.fixedField(HISTOGRAM_POINT.count, count);
  writeTotals(writer, HISTOGRAM_POINT, point.value);
  writer.fixedList(HISTOGRAM_POINT.bucketCounts, buckets.counts);
  writer.doubleList(HISTOGRAM_POINT.explicitBounds, buckets.boundaries);
  writeExemplars(writer, HISTOGRAM_POINT.exemplars, point, valueType);
  writeAttributes(writer, HISTOGRAM_POINT.attributes, point.attributes);
};

export const writeExponentialPoint: WritePoint<ExponentialHistogram> = (writer, point, valueType) => {
  const { count, scale, zeroCount, positive, negative } = point.value;
  writeAttributes(writer, EXPONENTIAL_POINT.attributes, point.attributes);
  writeTimes(writer, point);
  writer.fixedField(EXPONENTIAL_POINT.count, count);
  writeTotals(writer, EXPONENTIAL_POINT, point.value);
  writer.zigzagField(EXPONENTIAL_POINT.scale, scale);
  writer.fixedField(EXPONENTIAL_POINT.zeroCount, zeroCount);
  writeBuckets(writer, EXPONENTIAL_POINT.positive, positive);
  writeBuckets(writer, EXPONENTIAL_POINT.negative, negative);
  writeExemplars(writer, EXPONENTIAL_POINT.exemplars, point, valueType);
};

function writeTimes(writer: ProtobufWriter, { startTime, endTime }: DataPoint<unknown>): void {
  writer.timeField(POINT.startTime, startTime);
  writer.timeField(POINT.time, endTime);
}

/** A member of a oneof is always written, even if it is 0. */
function writeNumber(
  writer: ProtobufWriter,
  { asInt, asDouble }: { readonly asInt: number; readonly asDouble: number },
  value: number,
  valueType: ValueType,
): void {
  if (valueType === ValueType.INT && isInt64(value)) writer.fixedField(asInt, value);
  else writer.doubleField(asDouble, value);
}

/** The optional fields of a histogram. */
function writeTotals(
  writer: ProtobufWriter,
  fields: { readonly sum: number; readonly min: number; readonly max: number },
  { sum, min, max }: Pick<Histogram, 'sum' | 'min' | 'max'>,
): void {
  if (sum !== undefined) writer.doubleField(fields.sum, sum);
  if (min !== undefined) writer.doubleField(fields.min, min);
  if (max !== undefined) writer.doubleField(fields.max, max);
}

function writeBuckets(
  writer: ProtobufWriter,
  field: number,
  { offset, bucketCounts }: ExponentialHistogram['positive'],
): void {
  const buckets = writer.begin(field);
  writer.zigzagField(BUCKETS.offset, offset);
  writer.varintList(BUCKETS.bucketCounts, bucketCounts);
  writer.end(buckets);
}

function writeExemplars(
  writer: ProtobufWriter,
  field: number,
  point: DataPoint<unknown>,
  valueType: ValueType,
): void {
  for (const exemplar of exemplarsOf(point)) {
    const message = writer.begin(field);
    writeExemplar(writer, exemplar, valueType);
    writer.end(message);
  }
}

function writeExemplar(writer: ProtobufWriter, exemplar: Exemplar, valueType: ValueType): void {
  const { value, timestamp, traceId, spanId, filteredAttributes } = exemplar;
  writer.timeField(EXEMPLAR.time, timestamp);
  writeNumber(writer, EXEMPLAR, value, valueType);
  if (spanId !== undefined) writer.bytesField(EXEMPLAR.spanId, Buffer.from(spanId, 'hex'));
  if (traceId !== undefined) writer.bytesField(EXEMPLAR.traceId, Buffer.from(traceId, 'hex'));
  writeAttributes(writer, EXEMPLAR.filteredAttributes, filteredAttributes);
}
