import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { bitsField, floatField, integerField } from '../../encoding/protobuf-wire.ts';
import { ProtobufWriter } from '../../encoding/protobuf-writer.ts';
import { exemplarsByBucket } from '../expose/exemplars.ts';
import { isNative, nativeFields } from '../expose/formats/native-histogram.ts';
import { canonicalText } from '../expose/formats/openmetrics.ts';
import type { SampleExemplar } from '../expose/sample-exemplar.ts';
import { type Gone, milliseconds, type Snapshot, type Written } from './open-series.ts';

/** io/prometheus/write/v2/types.proto */
const REQUEST = { symbols: 4, timeseries: 5 } as const;
const SERIES = { labelsRefs: 1, samples: 2, histograms: 3, exemplars: 4, metadata: 5 } as const;
const SAMPLE = { value: 1, timestamp: 2, startTimestamp: 3 } as const;
const EXEMPLAR = { labelsRefs: 1, value: 2, timestamp: 3 } as const;
const METADATA = { type: 1, helpRef: 3, unitRef: 4 } as const;
const TYPE = { counter: 1, gauge: 2, histogram: 3, info: 6 } as const;
const HISTOGRAM = {
  count: 1,
  sum: 3,
  schema: 4,
  zeroThreshold: 5,
  zeroCount: 6,
  negativeSpan: 8,
  negativeDelta: 9,
  positiveSpan: 11,
  positiveDelta: 12,
  timestamp: 15,
  startTimestamp: 17,
} as const;

/** The NaN that ends a series, 0x7ff0000000000002, the lowest byte first. ("Stale Markers") */
const STALE = '\x02\0\0\0\0\0\xf0\x7f';

/** Labels of all series, which a scrape would take from its target. */
export type TargetLabels = Readonly<Record<string, string>>;

export interface RemoteWriteRequest {
  /** A `io.prometheus.write.v2.Request`, not compressed. */
  readonly bytes: Uint8Array;
  /** Samples and native histograms. */
  readonly samples: number;
}

/** One series of a sample. A classic histogram has one for each bucket, and those of sum and count. */
interface Series {
  readonly name: string;
  readonly le: string | undefined;
  readonly value: number | ExponentialHistogram;
  readonly exemplars: readonly SampleExemplar[];
}

/**
 * A request of Prometheus remote write 2.0. Exponential histograms are native histograms.
 *
 * @param gone series whose ends the receiver does not know yet
 * @param time of all samples, in milliseconds since the epoch
 */
export function encodeRemoteWrite(
  snapshot: Snapshot,
  gone: readonly Gone[],
  target: TargetLabels,
  time: number,
): RemoteWriteRequest {
  const writer = new ProtobufWriter();
  const symbols = new Symbols();
  let samples = 0;

  function writeSeries(
    { family, sample }: Written,
    { name, le, value, exemplars }: Series,
    isStale: boolean,
  ) {
    const { type, help, unit } = family;
    const series = writer.begin(REQUEST.timeseries);
    const labels = labelsOf(target, name, sample.labels.pairs(), le);
    writer.varintList(SERIES.labelsRefs, symbols.references(labels));
    const created = isStale ? undefined : sample.created;
    if (typeof value === 'number') {
      const begun = writer.begin(SERIES.samples);
      writer.fields(isStale ? bitsField(SAMPLE.value, STALE) : floatField(SAMPLE.value, value));
      writer.signedField(SAMPLE.timestamp, time);
      if (created !== undefined) writer.signedField(SAMPLE.startTimestamp, milliseconds(created));
      writer.end(begun);
    } else {
      const begun = writer.begin(SERIES.histograms);
      writer.fields(isStale ? bitsField(HISTOGRAM.sum, STALE) : histogramFields(value));
      writer.fields(integerField(HISTOGRAM.timestamp, time));
      if (created !== undefined) writer.fields(integerField(HISTOGRAM.startTimestamp, milliseconds(created)));
      writer.end(begun);
    }
    if (!isStale) for (const exemplar of exemplars) writeExemplar(exemplar);
    const metadata = writer.begin(SERIES.metadata);
    writer.integerField(METADATA.type, TYPE[type]);
    writer.integerField(METADATA.helpRef, symbols.of(help));
    writer.integerField(METADATA.unitRef, symbols.of(unit));
    writer.end(metadata);
    writer.end(series);
    samples++;
  }

  function writeExemplar({ labels, value, time: at }: SampleExemplar): void {
    const exemplar = writer.begin(SERIES.exemplars);
    writer.varintList(EXEMPLAR.labelsRefs, symbols.references(labels));
    writer.doubleField(EXEMPLAR.value, value);
    writer.signedField(EXEMPLAR.timestamp, milliseconds(at));
    writer.end(exemplar);
  }

  for (const written of snapshot.values()) {
    for (const series of seriesOf(written)) writeSeries(written, series, false);
  }
  for (const { now, ...written } of gone) {
    const going = new Set(now === undefined ? [] : Array.from(seriesOf(now), identity));
    for (const series of seriesOf(written)) {
      if (!going.has(identity(series))) writeSeries(written, series, true);
    }
  }
  for (const symbol of symbols.all) writer.string(REQUEST.symbols, symbol);
  return { bytes: writer.take(), samples };
}

function* seriesOf({ family: { name, type }, sample: { value }, exemplars }: Written): Iterable<Series> {
  if (typeof value === 'number') {
    const latest = type === 'counter' ? exemplars.at(-1) : undefined;
    yield { name, le: undefined, value, exemplars: latest === undefined ? NO_EXEMPLARS : [latest] };
    return;
  }
  const { exponential } = value;
  if (exponential !== undefined && isNative(exponential)) {
    yield { name, le: undefined, value: exponential, exemplars };
    return;
  }
  const { boundaries, counts, sum } = value;
  const byBucket = exemplarsByBucket(boundaries, exemplars);
  let total = 0;
  for (const [index, count] of counts.entries()) {
    total += count;
    const exemplar = byBucket[index];
    yield {
      name: `${name}_bucket`,
      le: canonicalText(boundaries[index] ?? Number.POSITIVE_INFINITY),
      value: total,
      exemplars: exemplar === undefined ? NO_EXEMPLARS : [exemplar],
    };
  }
  const rest = { le: undefined, exemplars: NO_EXEMPLARS };
  if (sum !== undefined) yield { name: `${name}_sum`, value: sum, ...rest };
  yield { name: `${name}_count`, value: total, ...rest };
}

const NO_EXEMPLARS: readonly SampleExemplar[] = [];

/** Identifies a series among those of a sample. A series of numbers and one of histograms end independently. */
function identity({ name, le = '', value }: Series): string {
  return `${typeof value} ${name} ${le}`;
}

function histogramFields(point: ExponentialHistogram): string {
  return (
    integerField(HISTOGRAM.count, point.count) +
    floatField(HISTOGRAM.sum, point.sum ?? Number.NaN) +
    nativeFields(point, HISTOGRAM)
  );
}

type Label = readonly [name: string, value: string];

/** Texts by their numbers. The first is empty. ("Symbols") */
class Symbols {
  private readonly numbers = new Map<string, number>([['', 0]]);

  of(text: string): number {
    let number = this.numbers.get(text);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(text, number);
    }
    return number;
  }

  /** Names and values in turn, sorted by name. ("Labels") */
  references(labels: readonly Label[]): readonly number[] {
    const sorted = labels.toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([label, value]) => [this.of(label), this.of(value)]);
  }

  get all(): Iterable<string> {
    return this.numbers.keys();
  }
}

function labelsOf(
  target: TargetLabels,
  name: string,
  labels: readonly Label[],
  le: string | undefined,
): readonly Label[] {
  return [
    ['__name__', name],
    ...Object.entries(target),
    // As a scrape does with labels that the target has, too.
    ...labels.map(([label, value]): Label => [label in target ? `exported_${label}` : label, value]),
    ...(le === undefined ? [] : [['le', le] as const]),
  ];
}
