import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter, numberText } from '../../../encoding/byte-writer.ts';
import type { Distribution } from '../buckets.ts';
import { exemplarsByBucket, latestExemplar } from '../exemplars.ts';
import type { Family, HistogramFamily, NumberFamily, Sample } from '../families.ts';
import type { Chunks } from './format.ts';
import { boundText, metadataName, sampleName, writeSample, writeTextSample } from './lines.ts';
import { isNative, type NativeRun, nativeBuckets } from './native-histogram.ts';
import { exemplarText, helpText, secondsOf } from './openmetrics.ts';
import { hasTotalsOnly } from './openmetrics-family.ts';

/**
 * Families in the OpenMetrics text format 2.0 (newest text: 2.0.0-rc0):
 * https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/. Unlike in 1.0, a family has the name of its samples, a
 * histogram is one line with native and classic buckets, and start times stand behind values and cost no series.
 *
 * @param classicBuckets whether native histograms also have classic buckets
 */
export function createOpenMetrics2Encoder({ classicBuckets }: { readonly classicBuckets: boolean }) {
  return function* encodeOpenMetrics2(families: readonly Family[]): Chunks {
    const writer = new ByteWriter();
    const boundsOf = createBoundTexts();

    function* encodeNumbers(family: NumberFamily): Chunks {
      const own = sampleName(family.name);
      const isCounter = typeOf(family) === 'counter';
      for (const sample of family.samples) {
        const { labels, value, exemplars } = sample;
        const tail = isCounter ? startText(sample) + exemplarText(latestExemplar(exemplars)) : '';
        writeSample(writer, own, labels, value, tail);
        if (writer.isFull) yield writer.take();
      }
    }

    function* encodeHistograms({ name, samples }: HistogramFamily): Chunks {
      const own = sampleName(name);
      for (const sample of samples) {
        const { labels, value, exemplars } = sample;
        const listed = exemplarsByBucket(value.boundaries, exemplars).map(exemplarText).join('');
        const composite = compositeText(value, classicBuckets, boundsOf(value.boundaries));
        writeTextSample(writer, own, labels, composite + startText(sample) + listed);
        if (writer.isFull) yield writer.take();
      }
    }

    for (const family of families) {
      const header = headerOf(family);
      writer.reserve(header.length);
      writer.text(header);
      yield* family.type === 'histogram' ? encodeHistograms(family) : encodeNumbers(family);
    }
    writer.reserve(END.length);
    writer.text(END);
    yield writer.take();
  };
}

const END = '# EOF\n';
/** `metricname-char` in the ABNF: what a unit consists of. */
const UNIT = /^[a-zA-Z0-9_:]+$/;

function headerOf(family: Family): string {
  const { name, unit, help } = family;
  const written = metadataName(name);
  const unitLine = UNIT.test(unit) ? `# UNIT ${written} ${unit}\n` : '';
  return `# TYPE ${written} ${typeOf(family)}\n${unitLine}${helpText(written, help)}`;
}

/** A counter's value is "non-NaN", begins at 0 and does not fall. */
function typeOf(family: Family): Family['type'] | 'unknown' {
  return family.type === 'counter' && !hasTotalsOnly(family) ? 'unknown' : family.type;
}

function startText({ created }: Sample<unknown>): string {
  return created === undefined ? '' : ` st@${secondsOf(created)}`;
}

/**
 * "Histogram with both Classic and Native Buckets". A sum is required, so one that the SDK does not keep, because
 * negative values could make it fall, is NaN.
 *
 * @param bounds `0.5:` for each bucket
 */
function compositeText(value: Distribution, classicBuckets: boolean, bounds: readonly string[]): string {
  const { exponential, sum = Number.NaN } = value;
  const native = exponential !== undefined && isNative(exponential) ? nativeBuckets(exponential) : undefined;
  const { text, total } =
    native === undefined || classicBuckets
      ? classicText(value.counts, bounds)
      : { text: '', total: exponential?.count ?? 0 };
  if (native === undefined) return `{count:${total},sum:${numberText(sum)},${text}}`;
  const { schema, zeroThreshold, zeroCount, negative, positive } = native;
  const fields = [
    `count:${total},sum:${numberText(sum)}`,
    `schema:${schema},zero_threshold:${numberText(zeroThreshold)},zero_count:${zeroCount}`,
    ...runText('negative', negative),
    ...runText('positive', positive),
    ...(text === '' ? [] : [text]),
  ];
  return `{${fields.join(',')}}`;
}

function classicText(counts: readonly number[], bounds: readonly string[]): { text: string; total: number } {
  let text = 'bucket:[';
  let total = 0;
  for (let i = 0; i < bounds.length; i++) {
    total += counts[i] ?? 0;
    text += `${i === 0 ? '' : ','}${bounds[i]!}${total}`;
  }
  return { text: `${text}]`, total };
}

/** An empty run is left out, as the specification recommends. */
function runText(sign: 'negative' | 'positive', { spans, counts }: NativeRun): string[] {
  if (counts.length === 0) return [];
  const pairs = spans.map(({ offset, length }) => `${offset}:${length}`);
  return [`${sign}_spans:[${pairs.join(',')}],${sign}_buckets:[${counts.join(',')}]`];
}

/** The texts of bounds. Histograms with the same boundaries in a row share them. */
function createBoundTexts(): (boundaries: readonly number[]) => readonly string[] {
  let last: readonly number[] | undefined;
  let texts: readonly string[] = [];
  return (boundaries) => {
    if (boundaries !== last) {
      last = boundaries;
      texts = [...boundaries, Number.POSITIVE_INFINITY].map((bound) => byteString(`${boundText(bound)}:`));
    }
    return texts;
  };
}
