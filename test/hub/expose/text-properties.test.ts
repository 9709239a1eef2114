import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../../src/hub/expose/families.ts';
import { hostile, naming, scrape } from './helpers/hostile.ts';
import { comparable, helpMeant, samplesMeant } from './helpers/meant.ts';
import { gauge, resourceMetrics, scope } from './helpers/metrics.ts';
import type { ParsedFamily } from './helpers/sample-lines.ts';
import { parse } from './helpers/strict-parser.ts';
import { bodyOf, encode, translate } from './helpers/translated.ts';

function meant(families: readonly Family[]): ParsedFamily[] {
  return families.map((family) => ({
    name: family.name,
    type: family.type === 'info' ? 'gauge' : family.type,
    help: helpMeant(family),
    unit: '',
    samples: comparable(samplesMeant(family), family.type),
  }));
}

function read(text: string): ParsedFamily[] {
  return parse(text).map((family) => ({ ...family, samples: comparable(family.samples, family.type) }));
}

test('property: parsing returns the encoded families, for any names, labels, helps and values', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const { families } = translate(input, true, names);
      assert.deepEqual(read(encode(families)), meant(families));
    }),
    { numRuns: 400 },
  );
});

test('only scrapers that allow UTF-8 in names get names that are not plain', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const text = encode(translate(input, true, names).families);
      const plain =
        /^(?:# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*|[a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^"].*\})? \S+)$/s;
      const isPlain = text
        .split('\n')
        .slice(0, -1)
        .every((line) => plain.test(line));
      assert.ok(isPlain || (names.escaping === 'allow-utf-8' && names.strategy.startsWith('No')), text);
    }),
    { numRuns: 200 },
  );
});

test('different label values and help texts never have the same text', () => {
  const line = (value: string) =>
    bodyOf(resourceMetrics({}, scope('', gauge({ name: 'x' }, [{ a: value, b: '3' }, 1]))));
  const helpLine = (help: string) =>
    bodyOf(resourceMetrics({}, scope('', gauge({ name: 'x', help }, [{}, 1]))));
  const wellFormed = hostile.map((text) => text.replace(/\p{Surrogate}/gu, ''));
  fc.assert(
    fc.property(wellFormed, wellFormed, (a, b) => {
      assert.equal(line(a) === line(b), a === b);
      assert.equal(helpLine(a) === helpLine(b), a === b);
    }),
    { numRuns: 200 },
  );
});
