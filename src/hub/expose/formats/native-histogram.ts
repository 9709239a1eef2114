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

/**
 * The fields of a native histogram, as a byte string: "Exponential Histograms" in the compatibility
 * specification, and https://prometheus.io/docs/specs/native_histograms/.
 */
export function nativeFields(point: ExponentialHistogram): string {
  const { scale, zeroCount, positive, negative } = downscaled(point, Math.min(point.scale, FINEST_SCHEMA));
  return (
    zigzagField(HISTOGRAM.schema, scale) +
    floatField(HISTOGRAM.zeroThreshold, DEFAULT_ZERO_THRESHOLD) +
    integerField(HISTOGRAM.zeroCount, zeroCount) +
    runFields(negative, HISTOGRAM.negativeSpan, HISTOGRAM.negativeDelta) +
    (runFields(positive, HISTOGRAM.positiveSpan, HISTOGRAM.positiveDelta) ||
      messageField(HISTOGRAM.positiveSpan, NO_OP_SPAN))
  );
}

/** Distinguishes an empty native histogram from a classic one. */
const NO_OP_SPAN = zigzagField(SPAN.offset, 0) + integerField(SPAN.length, 0);

/** Prometheus indexes a bucket by its upper bound, OpenTelemetry by its lower bound, which is one less. */
function runFields(run: ExponentialHistogram['positive'], span: number, delta: number): string {
  const counts = run.bucketCounts;
  let spans = '';
  let deltas = '';
  let previous = 0;
  /** The index after the last span's end. */
  let end = 0;
  for (let i = 0; i < counts.length; ) {
    while (i < counts.length && counts[i] === 0) i++;
    const begin = i;
    let last = i;
    for (; i < counts.length && i - last <= SHORT_GAP; i++) if (counts[i] !== 0) last = i + 1;
    i = last;
    if (begin === last) break;
    const first = run.offset + 1 + begin;
    spans += messageField(
      span,
      zigzagField(SPAN.offset, first - end) + integerField(SPAN.length, last - begin),
    );
    end = first + last - begin;
    for (const count of counts.slice(begin, last)) {
      deltas += zigzag(count - previous);
      previous = count;
    }
  }
  return deltas === '' ? '' : spans + messageField(delta, deltas);
}
