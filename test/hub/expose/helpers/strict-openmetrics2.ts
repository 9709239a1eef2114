import assert from 'node:assert/strict';
import {
  checkBuckets,
  Line,
  type ParsedExemplar,
  type ParsedFamily,
  type ParsedSample,
  parseMetadata,
  unescaped,
} from './sample-lines.ts';

/** The buckets of a native histogram by their index, which is that of the upper bound. */
export interface ParsedNative {
  readonly schema: number;
  readonly zeroCount: number;
  readonly negative: Readonly<Record<number, number>>;
  readonly positive: Readonly<Record<number, number>>;
}

/** Histograms have the samples that a scraper without composite values would store. */
export interface ParsedFamily2 extends ParsedFamily {
  /** The start time of each series that has one, in seconds. */
  readonly starts: number[];
  readonly natives: ParsedNative[];
}

const TYPES = ['counter', 'gauge', 'histogram', 'info', 'unknown'];

/** Reads OpenMetrics 2.0.0-rc0, and refuses whatever its specification forbids or advises against. */
export function parseOpenMetrics2(text: string): ParsedFamily2[] {
  assert.ok(text.endsWith('# EOF\n'));
  const families: { -readonly [Key in keyof ParsedFamily2]: ParsedFamily2[Key] }[] = [];
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (!line.startsWith('#')) {
      const family = families.at(-1) ?? assert.fail(line);
      parseSample(line, family);
      continue;
    }
    const { keyword, name, rest } = parseMetadata(line);
    if (keyword === 'TYPE') {
      assert.ok(TYPES.includes(rest), line);
      families.push({ name, type: rest, help: '', unit: '', samples: [], starts: [], natives: [] });
      continue;
    }
    const family = families.at(-1);
    assert.ok(family?.name === name && family.samples.length === 0 && family.help === '', line);
    if (keyword === 'HELP') family.help = unescaped(rest);
    else {
      assert.equal(keyword, 'UNIT');
      assert.match(rest, /^[a-zA-Z0-9_:]+$/);
      family.unit = rest;
    }
  }
  const names = families.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  for (const family of families) {
    const series = family.samples.map(({ name, labels }) =>
      JSON.stringify([name, ...Object.entries(labels).sort()]),
    );
    assert.equal(series.length, new Set(series).size, `the series of ${family.name} differ`);
    if (family.type === 'histogram') checkBuckets(family);
  }
  return families;
}

function parseSample(text: string, family: ParsedFamily2): void {
  const line = new Line(text);
  const series = line.series();
  assert.equal(series.name, family.name);
  const { type, samples, starts, natives } = family;
  const composite = type === 'histogram' ? parseComposite(line) : undefined;
  const value = composite === undefined ? line.number() : 0;
  if (line.next(' st@')) {
    assert.ok(type === 'counter' || type === 'histogram', text);
    line.take(' st@');
    starts.push(line.number());
  }
  const exemplars: ParsedExemplar[] = [];
  while (!line.isDone) exemplars.push(line.exemplar());
  if (composite !== undefined) {
    samples.push(...histogramSamples(series, composite, exemplars));
    if (composite.native !== undefined) natives.push(composite.native);
    return;
  }
  assert.ok(exemplars.length === 0 || (type === 'counter' && exemplars.length === 1), text);
  if (type === 'counter') assert.ok(value >= 0, text);
  if (type === 'info') assert.ok(value === 1 && family.name.endsWith('_info') && family.unit === '', text);
  samples.push({ ...series, value, ...(exemplars[0] && { exemplar: exemplars[0] }) });
}

interface Composite {
  readonly count: number;
  readonly sum: number;
  /** Cumulative, by bound. */
  readonly buckets: readonly (readonly [bound: string, count: number])[];
  readonly native: ParsedNative | undefined;
}

/** "count, sum, schema, zero_threshold, zero_count" and further fields, in the order of the ABNF. */
function parseComposite(line: Line): Composite {
  line.take('{count:');
  const count = line.number();
  line.take(',sum:');
  const sum = line.number();
  const native = line.next(',schema:') ? parseNative(line, count) : undefined;
  const buckets: [string, number][] = [];
  if (native === undefined || line.next(',')) {
    line.take(',bucket:[');
    while (!line.next(']')) {
      if (buckets.length > 0) line.take(',');
      const [bound] = line.match(/[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?/y);
      line.take(':');
      buckets.push([bound, line.number()]);
    }
    line.take(']');
    assert.deepEqual(buckets.at(-1), ['+Inf', count]);
  }
  line.take('}');
  return { count, sum, buckets, native };
}

function parseNative(line: Line, count: number): ParsedNative {
  line.take(',schema:');
  const schema = line.number();
  assert.ok(schema >= -4 && schema <= 8);
  line.take(',zero_threshold:');
  assert.ok(line.number() >= 0);
  line.take(',zero_count:');
  const zeroCount = line.number();
  const negative = line.next(',negative_spans:') ? parseRun(line, 'negative') : {};
  const positive = line.next(',positive_spans:') ? parseRun(line, 'positive') : {};
  const counts = [zeroCount, ...Object.values(negative), ...Object.values(positive)];
  assert.equal(
    counts.reduce((sum, one) => sum + one),
    count,
  );
  return { schema, zeroCount, negative, positive };
}

/** The buckets that have a count. */
function parseRun(line: Line, sign: string): Record<number, number> {
  line.take(`,${sign}_spans:[`);
  const [spans] = line.match(/-?[0-9]+:[0-9]+(?:,[0-9]+:[0-9]+)*/y);
  line.take(`],${sign}_buckets:[`);
  const [listed] = line.match(/[0-9]+(?:,[0-9]+)*/y);
  line.take(']');
  const counts = listed.split(',').map(Number);
  const buckets: Record<number, number> = {};
  let index = 0;
  for (const span of spans.split(',')) {
    const [offset = 0, length = 0] = span.split(':').map(Number);
    index += offset;
    for (const end = index + length; index < end; index++) {
      const count = counts.shift() ?? assert.fail('a count for each bucket of the spans');
      if (count > 0) buckets[index] = count;
    }
  }
  assert.equal(counts.length, 0, 'a bucket for each count');
  return buckets;
}

function histogramSamples(
  { name, labels }: Pick<ParsedSample, 'name' | 'labels'>,
  { count, sum, buckets }: Composite,
  exemplars: readonly ParsedExemplar[],
): ParsedSample[] {
  assert.ok(!Object.hasOwn(labels, 'le'), 'a histogram has no label "le"');
  const left = [...exemplars];
  const samples = buckets.map(([le, value]): ParsedSample => {
    const isWithin = (left[0]?.value ?? Number.NaN) <= Number(le.replace('Inf', 'Infinity'));
    const exemplar = isWithin ? left.shift() : undefined;
    return { name: `${name}_bucket`, labels: { ...labels, le }, value, ...(exemplar && { exemplar }) };
  });
  assert.ok(buckets.length === 0 || left.length === 0, 'one exemplar for each bucket, in their order');
  return [
    ...samples,
    { name: `${name}_count`, labels, value: count },
    { name: `${name}_sum`, labels, value: sum },
  ];
}
