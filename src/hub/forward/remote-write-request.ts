import type { HrTime } from '@opentelemetry/api';
import { ProtobufWriter } from '../../encoding/protobuf-writer.ts';
import type { Family, Sample } from '../expose/families.ts';
import { canonicalText } from '../expose/formats/openmetrics.ts';
import type { Labels } from '../expose/labels.ts';

/** io/prometheus/write/v2/types.proto */
const REQUEST = { symbols: 4, timeseries: 5 } as const;
const SERIES = { labelsRefs: 1, samples: 2, metadata: 5 } as const;
const SAMPLE = { value: 1, timestamp: 2, startTimestamp: 3 } as const;
const METADATA = { type: 1, helpRef: 3, unitRef: 4 } as const;
const TYPE = { counter: 1, gauge: 2, histogram: 3, info: 6 } as const;

/** Labels of all series, which a scrape would take from its target. */
export type TargetLabels = Readonly<Record<string, string>>;

export interface RemoteWriteRequest {
  /** A `io.prometheus.write.v2.Request`, not compressed. */
  readonly bytes: Uint8Array;
  readonly samples: number;
}

/**
 * Families as a request of Prometheus remote write 2.0. Histograms are classic.
 *
 * @param time of all samples, in milliseconds since the epoch
 */
export function encodeRemoteWrite(
  families: readonly Family[],
  target: TargetLabels,
  time: number,
): RemoteWriteRequest {
  const writer = new ProtobufWriter();
  const symbols = new Symbols();
  let samples = 0;

  function writeSeries(
    { type, help, unit }: Family,
    name: string,
    { labels, created }: Sample<unknown>,
    value: number,
    le?: string,
  ): void {
    const series = writer.begin(REQUEST.timeseries);
    writer.varintList(SERIES.labelsRefs, references(symbols, target, name, labels, le));
    const sample = writer.begin(SERIES.samples);
    writer.doubleField(SAMPLE.value, value);
    writer.signedField(SAMPLE.timestamp, time);
    if (created !== undefined) writer.signedField(SAMPLE.startTimestamp, milliseconds(created));
    writer.end(sample);
    const metadata = writer.begin(SERIES.metadata);
    writer.integerField(METADATA.type, TYPE[type]);
    writer.integerField(METADATA.helpRef, symbols.of(help));
    writer.integerField(METADATA.unitRef, symbols.of(unit));
    writer.end(metadata);
    writer.end(series);
    samples++;
  }

  for (const family of families) {
    const { name } = family;
    if (family.type !== 'histogram') {
      for (const sample of family.samples) writeSeries(family, name, sample, sample.value);
      continue;
    }
    for (const sample of family.samples) {
      const { boundaries, counts, sum } = sample.value;
      let total = 0;
      for (const [index, count] of counts.entries()) {
        total += count;
        const bound = boundaries[index] ?? Number.POSITIVE_INFINITY;
        writeSeries(family, `${name}_bucket`, sample, total, canonicalText(bound));
      }
      if (sum !== undefined) writeSeries(family, `${name}_sum`, sample, sum);
      writeSeries(family, `${name}_count`, sample, total);
    }
  }
  for (const symbol of symbols.all) writer.string(REQUEST.symbols, symbol);
  return { bytes: writer.take(), samples };
}

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

  get all(): Iterable<string> {
    return this.numbers.keys();
  }
}

/** Names and values in turn, sorted by name. ("Labels") */
function references(
  symbols: Symbols,
  target: TargetLabels,
  name: string,
  labels: Labels,
  le: string | undefined,
): readonly number[] {
  const pairs: (readonly [name: string, value: string])[] = [['__name__', name], ...Object.entries(target)];
  for (const [label, value] of labels.pairs()) {
    // As a scrape does with labels that the target has, too.
    pairs.push([label in target ? `exported_${label}` : label, value]);
  }
  if (le !== undefined) pairs.push(['le', le]);
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.flatMap(([label, value]) => [symbols.of(label), symbols.of(value)]);
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}
