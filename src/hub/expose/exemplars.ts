import { isEarlier } from '../../base/hr-time.ts';
import { attributeText } from '../../model/attribute-text.ts';
import { bucketOf } from '../../model/boundaries.ts';
import type { Exemplar, PointWithExemplars } from '../../model/exemplars.ts';
import type { Naming } from '../../naming/naming.ts';
import type { Distribution } from './buckets.ts';
import type { Sample } from './families.ts';
import type { SampleExemplar } from './sample-exemplar.ts';

/** The maximum of code points in the names and values of an exemplar's labels. (OpenMetrics 1.0, "Exemplars") */
const MAX_LENGTH = 128;

/** "Exemplar Conversion" in the compatibility specification; undefined for a point without exemplars. */
export function sampleExemplars(
  { exemplars }: PointWithExemplars<unknown>,
  naming: Naming,
): readonly SampleExemplar[] | undefined {
  if (exemplars === undefined || exemplars.length === 0) return undefined;
  return exemplars.map((exemplar) => convert(exemplar, naming));
}

function convert(exemplar: Exemplar, naming: Naming): SampleExemplar {
  const { value, timestamp: time, traceId, spanId, filteredAttributes } = exemplar;
  const ids: (readonly [name: string, value: string])[] = [];
  if (traceId !== undefined) ids.push(['trace_id', traceId]);
  if (spanId !== undefined) ids.push(['span_id', spanId]);
  const all = new Map(ids);
  for (const [key, attribute] of Object.entries(filteredAttributes)) {
    const name = naming.label(key);
    const text = attributeText(attribute);
    if (text !== '' && !all.has(name)) all.set(name, text);
  }
  const isLarger = all.size > ids.length && lengthOf(all) <= MAX_LENGTH;
  return { labels: isLarger ? [...all] : ids, value, time };
}

function lengthOf(labels: ReadonlyMap<string, string>): number {
  let length = 0;
  for (const [name, value] of labels) length += [...name].length + [...value].length;
  return length;
}

/**
 * The sample's exemplars, and those of earlier scrapes that are still the latest of their bucket. A recorder keeps
 * fewer exemplars than a histogram may have buckets, and processes end. Without this memory a bucket could go back to
 * an older exemplar, which Prometheus refuses.
 */
export function withLatest({
  labels,
  value,
  created,
  exemplars = NO_EXEMPLARS,
}: Sample<number | Distribution>): readonly SampleExemplar[] | undefined {
  if (exemplars.length + labels.exemplars.length === 0) return undefined;
  const boundaries = typeof value === 'number' ? [] : value.boundaries;
  const byBucket = exemplarsByBucket(boundaries, exemplars);
  const isLatest = ({ value: measured, time }: SampleExemplar) => {
    const other = byBucket[bucketOf(boundaries, measured)];
    return other === undefined || isEarlier(other.time, time);
  };
  const isOfThisSeries = ({ time }: SampleExemplar) => created === undefined || !isEarlier(time, created);
  const kept = labels.exemplars.filter((exemplar) => isOfThisSeries(exemplar) && isLatest(exemplar));
  const all = [...exemplars, ...kept];
  labels.exemplars = exemplarsByBucket(boundaries, all).filter((exemplar) => exemplar !== undefined);
  return all;
}

/** The exemplar for a format that has room for only one. ("Sums", compatibility specification) */
export function latestExemplar(exemplars: readonly SampleExemplar[] | undefined): SampleExemplar | undefined {
  return exemplars?.reduce((a, b) => (isEarlier(a.time, b.time) ? b : a));
}

/** The latest exemplar of each bucket that has one. */
export function exemplarsByBucket(
  boundaries: readonly number[],
  exemplars: readonly SampleExemplar[] | undefined,
): readonly (SampleExemplar | undefined)[] {
  if (exemplars === undefined) return NONE;
  const byBucket = new Array<SampleExemplar | undefined>(boundaries.length + 1).fill(undefined);
  for (const exemplar of exemplars) {
    const bucket = bucketOf(boundaries, exemplar.value);
    const other = byBucket[bucket];
    if (other === undefined || isEarlier(other.time, exemplar.time)) byBucket[bucket] = exemplar;
  }
  return byBucket;
}

const NONE: readonly undefined[] = [];
const NO_EXEMPLARS: readonly SampleExemplar[] = [];
