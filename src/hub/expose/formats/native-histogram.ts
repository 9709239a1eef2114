import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import {
  floatField,
  integerField,
  messageField,
  zigzag,
  zigzagField,
} from '../../../encoding/protobuf-wire.ts';
import { downscaled } from '../../../model/exponential-histogram.ts';
import { HISTOGRAM, SPAN } from './protobuf-fields.ts';

const FINEST_SCHEMA = 8;
const COARSEST_SCHEMA = -4;

/** The threshold below which values count as zero, if the recorder gives none. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;

/** pitot writes up to this many empty buckets, because a new span would take as many bytes. */
const SHORT_GAP = 2;

/**
 * Whether Prometheus can read it as a native histogram: the schemas end at -4, and a sum is required.
 */
export function isNative(point: ExponentialHistogram): boolean {
  return point.scale >= COARSEST_SCHEMA && point.sum !== undefined;
}

/** The buckets of a native histogram: https://prometheus.io/docs/specs/native_histograms/. */
export interface NativeBuckets {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negative: NativeRun;
  readonly positive: NativeRun;
}

/** Counts of buckets without the gaps between them. */
export interface NativeRun {
  /** The offset of the first is an index, that of the others the gap since the span before. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  /** As many as the spans are long together; not cumulative. */
  readonly counts: readonly number[];
}

/** "Exponential Histograms" in the compatibility specification. */
export function nativeBuckets(point: ExponentialHistogram): NativeBuckets {
  const { scale, zeroCount, positive, negative } = downscaled(point, Math.min(point.scale, FINEST_SCHEMA));
  return {
    schema: scale,
    zeroThreshold: DEFAULT_ZERO_THRESHOLD,
    zeroCount,
    negative: nativeRun(negative),
    positive: nativeRun(positive),
  };
}

/**
 * The fields of a native histogram in protobuf, as a byte string.
 *
 * @param fields the numbers of the fields; those of a scrape by default
 */
export function nativeFields(point: ExponentialHistogram, fields: NativeFields = HISTOGRAM): string {
  const { schema, zeroThreshold, zeroCount, negative, positive } = nativeBuckets(point);
  return (
    zigzagField(fields.schema, schema) +
    floatField(fields.zeroThreshold, zeroThreshold) +
    integerField(fields.zeroCount, zeroCount) +
    runFields(negative, fields.negativeSpan, fields.negativeDelta) +
    (runFields(positive, fields.positiveSpan, fields.positiveDelta) ||
      messageField(fields.positiveSpan, NO_OP_SPAN))
  );
}

/** The numbers of the fields that the messages of a scrape and of remote write have in common. */
type NativeFields = Readonly<
  Record<
    | 'schema'
    | 'zeroThreshold'
    | 'zeroCount'
    | 'negativeSpan'
    | 'negativeDelta'
    | 'positiveSpan'
    | 'positiveDelta',
    number
  >
>;

/** Distinguishes an empty native histogram from a classic one in a scrape. */
const NO_OP_SPAN = zigzagField(SPAN.offset, 0) + integerField(SPAN.length, 0);

function runFields({ spans, counts }: NativeRun, span: number, delta: number): string {
  if (counts.length === 0) return '';
  let fields = '';
  for (const { offset, length } of spans) {
    fields += messageField(span, zigzagField(SPAN.offset, offset) + integerField(SPAN.length, length));
  }
  let deltas = '';
  let previous = 0;
  for (const count of counts) {
    deltas += zigzag(count - previous);
    previous = count;
  }
  return fields + messageField(delta, deltas);
}

/** Prometheus indexes a bucket by its upper bound, OpenTelemetry by its lower bound, which is one less. */
function nativeRun({ offset, bucketCounts }: ExponentialHistogram['positive']): NativeRun {
  const spans: { offset: number; length: number }[] = [];
  const counts: number[] = [];
  /** The index after the last span's end. */
  let end = 0;
  for (let i = 0; i < bucketCounts.length; ) {
    while (i < bucketCounts.length && bucketCounts[i] === 0) i++;
    const begin = i;
    let last = i;
    for (; i < bucketCounts.length && i - last <= SHORT_GAP; i++) if (bucketCounts[i] !== 0) last = i + 1;
    i = last;
    if (begin === last) break;
    const first = offset + 1 + begin;
    spans.push({ offset: first - end, length: last - begin });
    end = first + last - begin;
    for (let at = begin; at < last; at++) counts.push(bucketCounts[at]!);
  }
  return { spans, counts };
}
