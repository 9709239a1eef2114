import assert from 'node:assert/strict';
import {
  checkBuckets,
  type ParsedFamily,
  parseMetadata,
  parseSampleLine,
  unescaped,
} from './sample-lines.ts';

/**
 * Reads the Prometheus text format and refuses whatever it does not allow, and also what it allows but a
 * careful exporter does not write: other white space, samples of one family apart, a family or a series
 * twice, reserved or empty labels, quotes that are not needed.
 */
export function parse(text: string): ParsedFamily[] {
  if (text === '') return [];
  assert.ok(text.endsWith('\n'), 'the last line ends with a line feed');
  const families: ParsedFamily[] = [];
  const seen = new Set<string>();
  let help: { name: string; help: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('#')) {
      const { keyword, name, rest } = parseMetadata(line);
      if (keyword === 'HELP') {
        assert.equal(help, undefined, 'a TYPE follows each HELP');
        help = { name, help: unescaped(rest, /[\\n]/) };
      } else {
        assert.equal(keyword, 'TYPE');
        assert.match(rest, /^(counter|gauge|histogram)$/);
        assert.ok(!families.some((family) => family.name === name), `one TYPE for ${name}`);
        if (help !== undefined) assert.equal(help.name, name);
        families.push({ name, type: rest, help: help?.help ?? '', unit: '', samples: [] });
        help = undefined;
      }
      continue;
    }
    assert.equal(help, undefined, 'a TYPE follows each HELP');
    const sample = parseSampleLine(line);
    assert.equal(sample.exemplar, undefined);
    const family = families.at(-1);
    assert.ok(family !== undefined && sampleNames(family).includes(sample.name), `${line} is in its family`);
    const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    assert.ok(!seen.has(series), `${series} occurs once`);
    seen.add(series);
    family.samples.push(sample);
  }
  for (const family of families) if (family.type === 'histogram') checkBuckets(family);
  return families;
}

function sampleNames({ name, type }: ParsedFamily): string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
