import { integerField, messageField, textField } from '../../../encoding/protobuf-wire.ts';
import { ProtobufWriter, timestampFieldLength, varintLength } from '../../../encoding/protobuf-writer.ts';
import { latestExemplar } from '../exemplars.ts';
import type { Family, HistogramFamily, NumberFamily, Sample } from '../families.ts';
import type { Chunks } from './format.ts';
import { COUNTER, FAMILY, GAUGE, METRIC, TYPE } from './protobuf-fields.ts';
import { FLOAT_FIELD, type Prepared, prepareHistogram, writePlainHistogram } from './protobuf-histogram.ts';
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
    writeMetricHead(writer, sample, field, lengthOf(sample));
    writer.float(isCounter ? COUNTER.value : GAUGE.value, sample.value);
    if (sample.exemplars !== undefined) writer.text(exemplarOf(sample));
    if (sample.created !== undefined) writer.timestamp(COUNTER.createdTimestamp, sample.created);
    if (writer.isFull) yield writer.take();
  }
}

function* encodeHistograms(writer: ProtobufWriter, family: HistogramFamily, classicBuckets: boolean): Chunks {
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
    writeMetricHead(writer, sample, METRIC.histogram, lengthOfPrepared(histogram));
    if (typeof histogram === 'string') writer.text(histogram);
    else writePlainHistogram(writer, sample);
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
function writeMetricHead(
  writer: ProtobufWriter,
  { labels }: Sample<unknown>,
  field: number,
  length: number,
): void {
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
