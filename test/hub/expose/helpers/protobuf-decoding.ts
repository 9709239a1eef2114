import protobuf from 'protobufjs';
import { protobufTypes } from '../../../harness/protobuf-messages.ts';
import { FAMILY_TYPES, PROMETHEUS_MESSAGES } from './prometheus-fields.ts';

export interface DecodedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly time: number;
}

export interface DecodedHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  readonly buckets: readonly {
    readonly bound: number;
    readonly count: number;
    readonly exemplar?: DecodedExemplar;
  }[];
  readonly native?: {
    readonly schema: number;
    readonly zeroThreshold: number;
    readonly zeroCount: number;
    readonly spans: number;
    /** Counts by the index of their bucket. */
    readonly positive: Readonly<Record<number, number>>;
    readonly negative: Readonly<Record<number, number>>;
    readonly exemplars: readonly DecodedExemplar[];
  };
}

interface DecodedMetric {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | DecodedHistogram;
  /** Seconds since the epoch. */
  readonly created: number | undefined;
  readonly exemplar?: DecodedExemplar;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit: string;
  readonly metrics: readonly DecodedMetric[];
}

interface RawTimestamp {
  readonly seconds: number;
  readonly nanos?: number;
}
interface RawExemplar {
  readonly label?: readonly RawLabel[];
  readonly value: number;
  readonly timestamp: RawTimestamp;
}
interface RawLabel {
  readonly name: string;
  readonly value: string;
}
interface RawSpan {
  readonly offset: number;
  readonly length: number;
}
interface RawHistogram {
  readonly sample_count: number;
  readonly sample_sum?: number;
  readonly bucket?: readonly {
    readonly cumulative_count: number;
    readonly upper_bound: number;
    readonly exemplar?: RawExemplar;
  }[];
  readonly schema?: number;
  readonly zero_threshold?: number;
  readonly zero_count?: number;
  readonly negative_span?: readonly RawSpan[];
  readonly negative_delta?: readonly number[];
  readonly positive_span?: readonly RawSpan[];
  readonly positive_delta?: readonly number[];
  readonly created_timestamp?: RawTimestamp;
  readonly exemplars?: readonly RawExemplar[];
}
interface RawMetric {
  readonly label?: readonly RawLabel[];
  readonly gauge?: { readonly value: number };
  readonly counter?: {
    readonly value: number;
    readonly exemplar?: RawExemplar;
    readonly created_timestamp?: RawTimestamp;
  };
  readonly histogram?: RawHistogram;
}
interface RawFamily {
  readonly name: string;
  readonly help?: string;
  readonly type: number;
  readonly unit?: string;
  readonly metric?: readonly RawMetric[];
}

const MetricFamily = protobufTypes(PROMETHEUS_MESSAGES).lookupType('MetricFamily');

/** A body as protobufjs reads it, put into a form to compare. */
export function decode(body: Uint8Array): DecodedFamily[] {
  const reader = protobuf.Reader.create(body);
  const families: DecodedFamily[] = [];
  while (reader.pos < reader.len) {
    const message = MetricFamily.decodeDelimited(reader);
    // protobufjs types every message as a bag of anything.
    const family = MetricFamily.toObject(message, { longs: Number }) as RawFamily;
    families.push({
      name: family.name,
      help: family.help ?? '',
      type: FAMILY_TYPES[family.type] ?? `type ${family.type}`,
      unit: family.unit ?? '',
      metrics: (family.metric ?? []).map(metricOf),
    });
  }
  return families;
}

function metricOf({ label, gauge, counter, histogram }: RawMetric): DecodedMetric {
  const created = counter?.created_timestamp ?? histogram?.created_timestamp;
  return {
    labels: labelsOf(label),
    value: histogram === undefined ? ((counter ?? gauge)?.value ?? Number.NaN) : histogramOf(histogram),
    created: created && secondsOf(created),
    ...(counter?.exemplar && { exemplar: exemplarOf(counter.exemplar) }),
  };
}

function histogramOf(raw: RawHistogram): DecodedHistogram {
  const { positive_span: positive = [], negative_span: negative = [], exemplars = [] } = raw;
  return {
    count: raw.sample_count,
    sum: raw.sample_sum,
    buckets: (raw.bucket ?? []).map(({ cumulative_count: count, upper_bound: bound, exemplar }) => ({
      bound,
      count,
      ...(exemplar && { exemplar: exemplarOf(exemplar) }),
    })),
    ...(raw.schema !== undefined && {
      native: {
        schema: raw.schema,
        zeroThreshold: raw.zero_threshold ?? 0,
        zeroCount: raw.zero_count ?? 0,
        spans: positive.length + negative.length,
        positive: countsOf(positive, raw.positive_delta ?? []),
        negative: countsOf(negative, raw.negative_delta ?? []),
        exemplars: exemplars.map(exemplarOf),
      },
    }),
  };
}

function countsOf(spans: readonly RawSpan[], deltas: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  let index = 0;
  let count = 0;
  let next = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) {
      count += deltas[next++] ?? Number.NaN;
      counts[index++] = count;
    }
  }
  if (next !== deltas.length) throw new Error(`${deltas.length} deltas for ${next} buckets`);
  return counts;
}

function exemplarOf({ label, value, timestamp }: RawExemplar): DecodedExemplar {
  return { labels: labelsOf(label), value, time: secondsOf(timestamp) };
}

function labelsOf(labels: readonly RawLabel[] = []): Record<string, string> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]));
}

function secondsOf({ seconds, nanos = 0 }: RawTimestamp): number {
  return seconds + nanos / 1e9;
}
