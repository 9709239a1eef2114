import assert from 'node:assert/strict';
import {
  checkBuckets,
  type ParsedFamily,
  type ParsedSample,
  parseMetadata,
  parseSampleLine,
  unescaped,
} from './sample-lines.ts';

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  info: ['_info'],
  gauge: [''],
  unknown: [''],
};

/** Reads OpenMetrics 1.0, names in UTF-8 included, and refuses whatever its specification forbids. */
export function parseOpenMetrics(text: string): ParsedFamily[] {
  assert.ok(text.endsWith('# EOF\n'));
  const families: { -readonly [Key in keyof ParsedFamily]: ParsedFamily[Key] }[] = [];
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    if (line.startsWith('#')) {
      const { keyword, name, rest } = parseMetadata(line);
      if (keyword === 'TYPE') {
        assert.ok(Object.hasOwn(SUFFIXES, rest), rest);
        families.push({ name, type: rest, help: '', unit: '', samples: [] });
        continue;
      }
      const family = families.at(-1);
      assert.ok(family?.name === name && family.samples.length === 0, line);
      if (keyword === 'HELP') family.help = unescaped(rest);
      else {
        assert.equal(keyword, 'UNIT');
        assert.ok(name.endsWith(`_${rest}`), line);
        family.unit = rest;
      }
      continue;
    }
    const sample = parseSampleLine(line);
    const family = families.at(-1);
    assert.ok(family !== undefined && namesOf(family).includes(sample.name), line);
    family.samples.push(sample);
  }
  checkNames(families);
  for (const family of families) checkSamples(family);
  for (const family of families) if (family.type === 'histogram') checkBuckets(family);
  return families;
}

function namesOf({ name, type }: ParsedFamily): string[] {
  return (SUFFIXES[type] ?? []).map((suffix) => `${name}${suffix}`);
}

/** "The name of a MetricFamily MUST NOT result in a potential clash for sample metric names" */
function checkNames(families: readonly ParsedFamily[]): void {
  const names = families.flatMap((family) => [...new Set([family.name, ...namesOf(family)])]);
  assert.deepEqual(names, [...new Set(names)]);
}

function checkSamples({ name, type, samples }: ParsedFamily): void {
  const seen = new Set<string>();
  let last = '';
  for (const sample of samples) {
    const { le, ...labels } = sample.labels;
    const point = JSON.stringify(Object.entries(type === 'histogram' ? labels : sample.labels).sort());
    if (point !== last) assert.ok(!seen.has(point), `the samples of ${point} are together`);
    seen.add(point);
    last = point;
    const suffix = sample.name.slice(name.length);
    if (['_total', '_sum', '_count', '_bucket'].includes(suffix) && type !== 'gauge') {
      assert.ok(type === 'unknown' || sample.value >= 0, `${sample.name} ${sample.value}`);
    }
    if (type === 'info') assert.equal(sample.value, 1);
    if (type === 'histogram' && suffix === '_bucket') checkBucket(sample, String(le));
    const mayHaveExemplar = (type === 'counter' && suffix === '_total') || suffix === '_bucket';
    assert.ok(sample.exemplar === undefined || mayHaveExemplar);
  }
}

function checkBucket({ exemplar }: ParsedSample, le: string): void {
  // "Canonical Numbers"
  assert.match(le, /^(\+Inf|-Inf|-?[0-9]+\.[0-9]+|-?[0-9](\.[0-9]+)?e[+-][0-9]{2,3})$/);
  if (exemplar === undefined) return;
  assert.ok(exemplar.value <= Number(le.replace('Inf', 'Infinity')));
  const length = Object.entries(exemplar.labels)
    .flat()
    .reduce((sum, text) => sum + [...text].length, 0);
  assert.ok(length <= 128);
}
