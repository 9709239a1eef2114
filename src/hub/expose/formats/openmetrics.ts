import type { HrTime } from '@opentelemetry/api';
import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter, numberText } from '../../../encoding/byte-writer.ts';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM } from '../../../model/protocol.ts';
import type { Distribution } from '../buckets.ts';
import { exemplarsByBucket, latestExemplar } from '../exemplars.ts';
import type { Family, HistogramFamily, NumberFamily } from '../families.ts';
import { escapeLabelValue, labelHead, labelText } from '../label-text.ts';
import type { SampleExemplar } from '../sample-exemplar.ts';
import type { Chunks } from './format.ts';
import {
  boundText,
  createBounds,
  metadataName,
  sampleName,
  writeBuckets,
  writeNumbers,
  writeSample,
} from './lines.ts';
import { type OpenMetricsFamily, openMetricsFamilies } from './openmetrics-family.ts';

/**
 * Families in the OpenMetrics text format 1.0. Scrapers read its draft 0.0.1 in the same way:
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @param createdSeries whether counters and histograms have samples with their start time
 */
export function createOpenMetricsEncoder({ createdSeries }: { readonly createdSeries: boolean }) {
  return function* encodeOpenMetrics(families: readonly Family[]): Chunks {
    const writer = new ByteWriter();
    const boundsOf = createBounds(canonicalText);

    function* encodeNumbers({ name, type }: OpenMetricsFamily, family: NumberFamily): Chunks {
      const own = sampleName(family.name);
      if (family.columns !== undefined && !createdSeries) {
        yield* writeNumbers(writer, own, family.columns);
        return;
      }
      const created = sampleName(`${name}_created`);
      const isCounter = type === 'counter';
      for (const { labels, value, exemplars, created: since } of family.samples) {
        writeSample(writer, own, labels, value, isCounter ? exemplarText(latestExemplar(exemplars)) : '');
        if (isCounter && createdSeries && since !== undefined) {
          writeSample(writer, created, labels, secondsOf(since));
        }
        if (writer.isFull) yield writer.take();
      }
    }

    function* encodeHistograms(family: HistogramFamily): Chunks {
      const { name, columns } = family;
      const bucket = sampleName(`${name}_bucket`);
      const sum = sampleName(`${name}_sum`);
      const count = sampleName(`${name}_count`);
      if (columns !== undefined && !createdSeries) {
        const { labels, cells, width, boundaries } = columns;
        const bounds = boundsOf(boundaries);
        for (let i = 0; i < labels.length; i++) {
          const at = i * width;
          const buckets = { counts: cells, first: at + EXPLICIT_BUCKETS };
          const total = writeBuckets(writer, bucket, labels[i]!, buckets, { bounds, tails: NO_TAILS });
          const value = { boundaries, sum: cells[at + HISTOGRAM_SUM]! };
          if (hasTotalSum(value)) {
            writeSample(writer, count, labels[i]!, total);
            writeSample(writer, sum, labels[i]!, value.sum);
          }
          if (writer.isFull) yield writer.take();
        }
        return;
      }
      const created = sampleName(`${name}_created`);
      for (const { labels, value, exemplars, created: since } of family.samples) {
        const bounds = boundsOf(value.boundaries);
        const tails = exemplarsByBucket(value.boundaries, exemplars).map(exemplarText);
        const total = writeBuckets(writer, bucket, labels, value, { bounds, tails });
        if (hasTotalSum(value)) {
          writeSample(writer, count, labels, total);
          writeSample(writer, sum, labels, value.sum);
        }
        if (createdSeries && since !== undefined) writeSample(writer, created, labels, secondsOf(since));
        if (writer.isFull) yield writer.take();
      }
    }

    for (const one of openMetricsFamilies(families)) {
      const { family } = one;
      const header = headerOf(one);
      writer.reserve(header.length);
      writer.text(header);
      yield* family.type === 'histogram' ? encodeHistograms(family) : encodeNumbers(one, family);
    }
    writer.reserve(END.length);
    writer.text(END);
    yield writer.take();
  };
}

const NO_TAILS: readonly string[] = [];
const END = '# EOF\n';

function headerOf({ name, type, unit, family: { help } }: OpenMetricsFamily): string {
  const written = metadataName(name);
  const unitLine = unit === '' ? '' : `# UNIT ${written} ${unit}\n`;
  return `# TYPE ${written} ${type}\n${unitLine}${helpText(written, help)}`;
}

/** The line of a help text, or nothing if it is empty. @param written the family's name as lines spell it */
export function helpText(written: string, help: string): string {
  return help === '' ? '' : `# HELP ${written} ${byteString(escapeLabelValue(help))}\n`;
}

/**
 * Whether OpenMetrics permits the sum: it is a counter, and negative values could make it fall. Without a sum the only
 * count is that of the last bucket. ("Histogram")
 */
function hasTotalSum<Value extends Pick<Distribution, 'boundaries' | 'sum' | 'exponential'>>(
  value: Value,
): value is Value & { readonly sum: number } {
  const [least = 0] = value.boundaries;
  const hasNegative = (value.exponential?.negative.bucketCounts.length ?? 0) > 0;
  return value.sum !== undefined && value.sum >= 0 && least >= 0 && !hasNegative;
}

/** An exemplar behind a value, as a byte string. */
export function exemplarText(exemplar: SampleExemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { labels, value, time } = exemplar;
  const texts = labels.map(([name, text]) => labelText(labelHead(name), text));
  return byteString(` # {${texts.join(',')}} ${numberText(value)} ${secondsOf(time)}`);
}

/** Exact to a microsecond, which is finer than the measurement. */
export function secondsOf([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9;
}

/** "Canonical Numbers": a bound without a point or an exponent gets a point. */
export function canonicalText(bound: number): string {
  const text = boundText(bound);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}
