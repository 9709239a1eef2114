import { attributeText } from '../../model/attribute-text.ts';
import type { Exemplar, PointWithExemplars } from '../../model/exemplars.ts';
import type { Naming } from '../../naming/naming.ts';
import type { SampleExemplar } from './families.ts';

/** Code points in the names and values of an exemplar's labels. (OpenMetrics 1.0, "Exemplars") */
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
