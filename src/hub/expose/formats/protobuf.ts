import type { HrTime } from '@opentelemetry/api';
import { integerField, messageField, textField } from '../../../encoding/protobuf-wire.ts';
import { ProtobufWriter, timestampFieldLength, varintLength } from '../../../encoding/protobuf-writer.ts';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM, SCALAR_VALUE } from '../../../model/protocol.ts';
import type { Distribution } from '../buckets.ts';
import { latestExemplar } from '../exemplars.ts';
import type { Family, HistogramFamily, NumberFamily, Sample, SampleColumns } from '../families.ts';
import type { Labels } from '../labels.ts';
import type { Chunks } from './format.ts';
import { COUNTER, FAMILY, GAUGE, METRIC, TYPE } from './protobuf-fields.ts';
import {
  FLOAT_FIELD,
  type PlainHistogram,
  type Prepared,
  plainLength,
  plainOf,
  prepareHistogram,
  writePlainHistogram,
} from './protobuf-histogram.ts';
import { exemplarMessage, labelFields } from './protobuf-strings.ts';

/** Metrics whose length is computed without yielding. A family begins with its length. */
const METRICS_PER_PIECE = 100;
const EMPTY_CHUNK = new Uint8Array();

/**
 * Families as `io.prometheus.client.MetricFamily`, each preceded by its length:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#prometheus-protobuf-format
 *
 * It does not use protobufjs, which took seventeen times as long for the body of bench/scrape.ts.
 *
 * @param classicBuckets whether native histograms also have classic buckets
 */
export function createProtobufEncoder({ classicBuckets }: { readonly classicBuckets: boolean }) {
  return function* encodeProtobuf(families: readonly Family[]): Chunks {
    const writer = new ProtobufWriter();
    for (const family of families) {
      yield* family.type === 'histogram'
        ? encodeHistograms(writer, family, classicBuckets)
        : encodeNumbers(writer, family);
    }
    yield writer.take();
  };
}

function* encodeNumbers(writer: ProtobufWriter, family: NumberFamily): Chunks {
  const isCounter = family.type === 'counter';
  if (family.columns !== undefined) {
    yield* encodeNumberColumns(writer, family, family.columns);
    return;
  }
  const { samples } = family;
  const field = isCounter ? METRIC.counter : METRIC.gauge;
  const exemplarOf = ({ exemplars }: Sample<number>) => {
    const latest = isCounter ? latestExemplar(exemplars) : undefined;
    return latest === undefined ? '' : messageField(COUNTER.exemplar, exemplarMessage(latest));
  };
  const lengthOf = (sample: Sample<number>) =>
    FLOAT_FIELD + timestampFieldLength(sample.created) + exemplarOf(sample).length;

  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    length += metricFieldLength(labelFields(sample.labels).length, lengthOf(sample));
    if (i % METRICS_PER_PIECE === METRICS_PER_PIECE - 1) yield EMPTY_CHUNK;
  }
  writeFamilyHead(writer, family, length);
  for (const sample of samples) {
    writeMetricHead(writer, sample.labels, field, lengthOf(sample));
    writer.float(isCounter ? COUNTER.value : GAUGE.value, sample.value);
    if (sample.exemplars !== undefined) writer.text(exemplarOf(sample));
    if (sample.created !== undefined) writer.timestamp(COUNTER.createdTimestamp, sample.created);
    if (writer.isFull) yield writer.take();
  }
}

function* encodeNumberColumns(
  writer: ProtobufWriter,
  family: NumberFamily,
  columns: SampleColumns<number>,
): Chunks {
  const isCounter = family.type === 'counter';
  const [field, valueField] = isCounter ? [METRIC.counter, COUNTER.value] : [METRIC.gauge, GAUGE.value];
  const { labels, cells, width } = columns;
  const createdOf = columns.createdTimes();
  const lengthOf = (created: HrTime | undefined) => FLOAT_FIELD + timestampFieldLength(created);
  let length = 0;
  for (let i = 0; i < labels.length; i++) {
    length += metricFieldLength(labelFields(labels[i]!).length, lengthOf(createdOf(i)));
    if (i % METRICS_PER_PIECE === METRICS_PER_PIECE - 1) yield EMPTY_CHUNK;
  }
  writeFamilyHead(writer, family, length);
  for (let i = 0; i < labels.length; i++) {
    const created = createdOf(i);
    writeMetricHead(writer, labels[i]!, field, lengthOf(created));
    writer.float(valueField, cells[i * width + SCALAR_VALUE]!);
    if (created !== undefined) writer.timestamp(COUNTER.createdTimestamp, created);
    if (writer.isFull) yield writer.take();
  }
}

function* encodeHistogramColumns(
  writer: ProtobufWriter,
  family: HistogramFamily,
  columns: SampleColumns<Distribution>,
): Chunks {
  const { labels, cells, width, boundaries } = columns;
  const createdOf = columns.createdTimes();
  const plainAt = (i: number): PlainHistogram => {
    const at = i * width;
    const buckets = { boundaries, counts: cells, first: at + EXPLICIT_BUCKETS };
    return { ...buckets, sum: cells[at + HISTOGRAM_SUM]!, created: createdOf(i) };
  };
  const lengths = new Float64Array(labels.length);
  let length = 0;
  for (let i = 0; i < labels.length; i++) {
    lengths[i] = plainLength(plainAt(i));
    length += metricFieldLength(labelFields(labels[i]!).length, lengths[i]!);
    if (i % METRICS_PER_PIECE === METRICS_PER_PIECE - 1) yield EMPTY_CHUNK;
  }
  writeFamilyHead(writer, family, length);
  for (let i = 0; i < labels.length; i++) {
    writeMetricHead(writer, labels[i]!, METRIC.histogram, lengths[i]!);
    writePlainHistogram(writer, plainAt(i));
    if (writer.isFull) yield writer.take();
  }
}

function* encodeHistograms(writer: ProtobufWriter, family: HistogramFamily, classicBuckets: boolean): Chunks {
  if (family.columns !== undefined) {
    yield* encodeHistogramColumns(writer, family, family.columns);
    return;
  }
  const { samples } = family;
  const prepared: Prepared[] = [];
  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const histogram = prepareHistogram(sample, classicBuckets);
    prepared.push(histogram);
    length += metricFieldLength(labelFields(sample.labels).length, lengthOfPrepared(histogram));
    if (i % METRICS_PER_PIECE === METRICS_PER_PIECE - 1) yield EMPTY_CHUNK;
  }
  writeFamilyHead(writer, family, length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const histogram = prepared[i]!;
    writeMetricHead(writer, sample.labels, METRIC.histogram, lengthOfPrepared(histogram));
    if (typeof histogram === 'string') writer.text(histogram);
    else writePlainHistogram(writer, plainOf(sample));
    if (writer.isFull) yield writer.take();
  }
}

function lengthOfPrepared(histogram: Prepared): number {
  return typeof histogram === 'string' ? histogram.length : histogram;
}

/** @param length of the metrics with their tags and lengths */
function writeFamilyHead(writer: ProtobufWriter, { name, help, type, unit }: Family, length: number): void {
  const fields =
    textField(FAMILY.name, name) +
    (help === '' ? '' : textField(FAMILY.help, help)) +
    integerField(FAMILY.type, TYPE[type]) +
    (unit === '' ? '' : textField(FAMILY.unit, unit));
  writer.reserve(fields.length + MAX_VARINT);
  writer.varint(fields.length + length);
  writer.text(fields);
}

const MAX_VARINT = 8;

/** A metric of a family without its value. @param length the bytes of the value */
function writeMetricHead(writer: ProtobufWriter, labels: Labels, field: number, length: number): void {
  const fields = labelFields(labels);
  const metric = metricLength(fields.length, length);
  writer.reserve(metric + 1 + MAX_VARINT);
  writer.head(FAMILY.metric, metric);
  writer.text(fields);
  writer.head(field, length);
}

function metricLength(labels: number, value: number): number {
  return labels + 1 + varintLength(value) + value;
}

function metricFieldLength(labels: number, value: number): number {
  const length = metricLength(labels, value);
  return 1 + varintLength(length) + length;
}
