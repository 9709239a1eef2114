import type { HrTime } from '@opentelemetry/api';
import { floatField, integerField, messageField } from '../../../encoding/protobuf-wire.ts';
import {
  type ProtobufWriter,
  timestampFieldLength,
  varintLength,
} from '../../../encoding/protobuf-writer.ts';
import type { Distribution } from '../buckets.ts';
import { exemplarsByBucket } from '../exemplars.ts';
import type { Sample } from '../families.ts';
import { isNative, nativeFields } from './native-histogram.ts';
import { BUCKET, HISTOGRAM } from './protobuf-fields.ts';
import { exemplarMessage, timestampMessage } from './protobuf-strings.ts';

/**
 * A message as a byte string. A message without exemplars and native buckets can be written directly, so for
 * that it is only the length.
 */
export type Prepared = string | number;

/** A tag, and eight bytes. */
export const FLOAT_FIELD = 9;

export function prepareHistogram(sample: Sample<Distribution>, classicBuckets: boolean): Prepared {
  const { value, exemplars } = sample;
  const { exponential } = value;
  if (exponential !== undefined && isNative(exponential)) {
    const fields = totals(exponential.count, exponential.sum);
    const buckets = classicBuckets ? bucketFields(sample) : '';
    const native = nativeFields(exponential);
    const listed = (exemplars ?? []).map((exemplar) =>
      messageField(HISTOGRAM.exemplars, exemplarMessage(exemplar)),
    );
    return fields + buckets + native + createdField(sample) + listed.join('');
  }
  if (exemplars !== undefined) {
    const count = value.counts.reduce((a, b) => a + b, 0);
    return totals(count, value.sum) + bucketFields(sample) + createdField(sample);
  }
  return plainLength(plainOf(sample));
}

function totals(count: number, sum: number | undefined): string {
  const countField = integerField(HISTOGRAM.sampleCount, count);
  return sum === undefined ? countField : countField + floatField(HISTOGRAM.sampleSum, sum);
}

function bucketFields({ value, exemplars }: Sample<Distribution>): string {
  const byBucket = exemplarsByBucket(value.boundaries, exemplars);
  let total = 0;
  return value.counts
    .map((count, i) => {
      total += count;
      const exemplar = byBucket[i];
      return messageField(
        HISTOGRAM.bucket,
        integerField(BUCKET.cumulativeCount, total) +
          floatField(BUCKET.upperBound, value.boundaries[i] ?? Number.POSITIVE_INFINITY) +
          (exemplar === undefined ? '' : messageField(BUCKET.exemplar, exemplarMessage(exemplar))),
      );
    })
    .join('');
}

function createdField({ created }: Sample<Distribution>): string {
  return created === undefined ? '' : messageField(HISTOGRAM.createdTimestamp, timestampMessage(created));
}

/** A histogram without exemplars and native buckets. */
export interface PlainHistogram {
  readonly boundaries: readonly number[];
  /** One for each boundary, and one for values above the last. */
  readonly counts: ArrayLike<number>;
  /** The index of the first of them; 0 by default. */
  readonly first?: number;
  readonly sum: number | undefined;
  readonly created: HrTime | undefined;
}

export function plainOf({
  value: { boundaries, counts, sum },
  created,
}: Sample<Distribution>): PlainHistogram {
  return { boundaries, counts, sum, created };
}

/** The length of the output of {@link writePlainHistogram}. */
export function plainLength({ boundaries, counts, first = 0, sum, created }: PlainHistogram): number {
  let length = timestampFieldLength(created) + (sum === undefined ? 0 : FLOAT_FIELD);
  let total = 0;
  for (let i = 0; i <= boundaries.length; i++) {
    total += counts[first + i]!;
    // The length of a bucket fits into one byte.
    length += 2 + bucketLength(total);
  }
  return length + 1 + varintLength(total);
}

function bucketLength(total: number): number {
  return 1 + varintLength(total) + FLOAT_FIELD;
}

export function writePlainHistogram(
  writer: ProtobufWriter,
  { boundaries, counts, first = 0, sum, created }: PlainHistogram,
): void {
  let total = 0;
  for (let i = 0; i <= boundaries.length; i++) {
    total += counts[first + i]!;
    writer.head(HISTOGRAM.bucket, bucketLength(total));
    writer.integer(BUCKET.cumulativeCount, total);
    writer.float(BUCKET.upperBound, i < boundaries.length ? boundaries[i]! : Number.POSITIVE_INFINITY);
  }
  writer.integer(HISTOGRAM.sampleCount, total);
  if (sum !== undefined) writer.float(HISTOGRAM.sampleSum, sum);
  if (created !== undefined) writer.timestamp(HISTOGRAM.createdTimestamp, created);
}
