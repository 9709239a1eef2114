import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter, numberText } from '../../../encoding/byte-writer.ts';
import type { Distribution } from '../buckets.ts';
import type { Family, Sample } from '../families.ts';
import type { SampleExemplar } from '../sample-exemplar.ts';
import type { Chunks } from './format.ts';

/**
 * Families as JSON for people and scripts, described in docs/metrics.schema.json. Families, series and
 * labels are sorted, and each family and each series has a line of its own, so that two bodies can be compared.
 */
export function* encodeJson(families: readonly Family[]): Chunks {
  const writer = new ByteWriter();
  const write = (text: string) => {
    const bytes = byteString(text);
    writer.reserve(bytes.length);
    writer.text(bytes);
  };
  write('{"families":[');
  let separator = '\n';
  for (const family of families.toSorted((a, b) => compare(a.name, b.name))) {
    const { name, type, unit, help } = family;
    const head = JSON.stringify({ name, type, unit, help: help.toWellFormed() });
    write(`${separator}${head.slice(0, -1)},"series":[`);
    separator = '\n';
    for (const sample of family.samples.toSorted(bySeries)) {
      write(`${separator}${JSON.stringify(seriesOf(sample))}`);
      separator = ',\n';
      if (writer.isFull) yield writer.take();
    }
    write('\n]}');
    separator = ',\n';
  }
  write('\n]}\n');
  yield writer.take();
}

function seriesOf({ labels, value, created, exemplars }: Sample<number | Distribution>) {
  return {
    labels: Object.fromEntries(labels.pairs()),
    ...(typeof value === 'number' ? { value: numeral(value) } : histogramOf(value)),
    ...(created !== undefined && { created: secondsOf(created) }),
    ...(exemplars !== undefined && { exemplars: exemplars.map(exemplarOf) }),
  };
}

function histogramOf({ boundaries, counts, sum, exponential }: Distribution) {
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    return { le: numeral(boundaries[i] ?? Number.POSITIVE_INFINITY), count: total };
  });
  return {
    count: total,
    ...(sum !== undefined && { sum: numeral(sum) }),
    buckets,
    ...(exponential !== undefined && { exponential: exponentialOf(exponential) }),
  };
}

function exponentialOf({ scale, zeroCount, positive, negative }: ExponentialHistogram) {
  return {
    scale,
    zeroCount,
    positive: { offset: positive.offset, counts: positive.bucketCounts },
    negative: { offset: negative.offset, counts: negative.bucketCounts },
  };
}

function exemplarOf({ labels, value, time }: SampleExemplar) {
  return { labels: Object.fromEntries(labels), value: numeral(value), time: secondsOf(time) };
}

/** JSON has no numbers for NaN and infinities, so they become `"NaN"`, `"+Inf"` and `"-Inf"`. */
function numeral(value: number): number | string {
  return Number.isFinite(value) ? value : numberText(value);
}

function secondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9;
}

function bySeries(a: Sample<unknown>, b: Sample<unknown>): number {
  return compare(a.labels.text, b.labels.text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
