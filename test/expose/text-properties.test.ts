import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Family } from '../../src/expose/families.ts';
import { hostile, scrape } from './hostile.ts';
import { gauge, resourceMetrics, scope } from './metrics.ts';
import { type ParsedFamily, type ParsedSample, parse } from './strict-parser.ts';
import { bodyOf, encode, translate } from './translated.ts';

/** What a scraper ought to read: the families' contents, by the format's definition. */
function meant(families: readonly Family[]): ParsedFamily[] {
  return families.map((family) => {
    const { name, type, help } = family;
    const samples: ParsedSample[] =
      family.type !== 'histogram'
        ? family.samples.map(({ labels, value }) => ({
            name,
            labels: Object.fromEntries(labels.pairs),
            value,
          }))
        : family.samples.flatMap(({ labels: { pairs }, value: { boundaries: bounds, counts, sum } }) => {
            const labels = Object.fromEntries(pairs);
            const cumulative = counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b, 0));
            return [
              ...[...bounds, Number.POSITIVE_INFINITY].map((bound, i) => ({
                name: `${name}_bucket`,
                labels: { ...labels, le: String(bound) },
                value: cumulative[i] ?? 0,
              })),
              ...(sum === undefined ? [] : [{ name: `${name}_sum`, labels, value: sum }]),
              { name: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 },
            ];
          });
    return {
      name,
      type: type === 'info' ? 'gauge' : type,
      help: help.replace(/\p{Surrogate}/gu, '\ufffd'),
      samples,
    };
  });
}

/** Bounds are compared as numbers: how they are spelled is another test. */
function read(text: string): ParsedFamily[] {
  return parse(text).map((family) => ({
    ...family,
    samples: family.samples.map((sample) =>
      family.type === 'histogram' && sample.labels.le !== undefined
        ? {
            ...sample,
            labels: { ...sample.labels, le: String(Number(sample.labels.le.replace('Inf', 'Infinity'))) },
          }
        : sample,
    ),
  }));
}

/** The format writes -0 as 0. */
function unsigned(families: ParsedFamily[]): ParsedFamily[] {
  return families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({ ...sample, value: sample.value + 0 })),
  }));
}

test('what is parsed is what was encoded, whatever names, labels, helps and values are', () => {
  fc.assert(
    fc.property(scrape, (input) => {
      const { families } = translate(input, true);
      assert.deepEqual(unsigned(read(encode(families))), unsigned(meant(families)));
    }),
    { numRuns: 500 },
  );
});

test('different label values and help texts are never written alike', () => {
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
    { numRuns: 500 },
  );
});
