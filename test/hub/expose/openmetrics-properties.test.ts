import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Family, Sample } from '../../../src/hub/expose/families.ts';
import { createOpenMetricsEncoder } from '../../../src/hub/expose/formats/openmetrics.ts';
import { naming, scrape } from './helpers/hostile.ts';
import { comparable, helpMeant, samplesMeant } from './helpers/meant.ts';
import { START } from './helpers/metrics.ts';
import type { ParsedFamily, ParsedSample } from './helpers/sample-lines.ts';
import { parseOpenMetrics } from './helpers/strict-openmetrics.ts';
import { bytesOf, translate } from './helpers/translated.ts';

const encode = createOpenMetricsEncoder({ createdSeries: true });

/** A histogram whose sum is no counter has neither sum nor count, but for that of its last bucket. */
function samplesOf(family: Family): ParsedSample[] {
  const samples = comparable(samplesMeant(family), family.type);
  if (family.type !== 'histogram') return samples;
  const untold = new Set<string>();
  for (const { labels, value } of family.samples) {
    const [least = 0] = value.boundaries;
    const hasNegative = least < 0 || (value.exponential?.negative.bucketCounts.length ?? 0) > 0;
    if (!(value.sum !== undefined && value.sum >= 0 && !hasNegative))
      untold.add(keyOf(Object.fromEntries(labels.pairs())));
  }
  return samples.filter(({ name, labels }) => /_bucket$/.test(name) || !untold.has(keyOf(labels)));
}

function keyOf(labels: object): string {
  return JSON.stringify(Object.entries(labels).sort());
}

function isCreated({ name, type }: ParsedFamily, sample: ParsedSample): boolean {
  return (type === 'counter' || type === 'histogram') && sample.name === `${name}_created`;
}

function sorted(samples: readonly ParsedSample[]): string[] {
  return samples.map(({ name, labels, value }) => `${name} ${keyOf(labels)} ${value}`).sort();
}

test('property: parsing returns the encoded families, for any names, labels, helps and values', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const { families } = translate(input, true, names);
      const parsed = parseOpenMetrics(bytesOf(families, encode).toString());
      assert.equal(parsed.length, families.length);
      parsed.forEach((family, i) => {
        const given = families[i] ?? assert.fail();
        const samples = family.samples.filter((sample) => !isCreated(family, sample));
        assert.deepEqual(sorted(comparable(samples, family.type)), sorted(samplesOf(given)));
        assert.equal(family.help, helpMeant(given));
        assert.ok(family.type === given.type || ['unknown', 'gauge'].includes(family.type));
        assert.ok(family.unit === '' || family.unit === given.unit);
      });
    }),
    { numRuns: 400 },
  );
});

test('counters and histograms have their start time', () => {
  fc.assert(
    fc.property(scrape, (input) => {
      const { families } = translate(input, true);
      parseOpenMetrics(bytesOf(families, encode).toString()).forEach((family, i) => {
        const created = family.samples.filter((sample) => isCreated(family, sample));
        const isCounted = family.type === 'counter' || family.type === 'histogram';
        assert.equal(created.length, isCounted ? families[i]?.samples.length : 0);
        for (const { value } of created) assert.equal(value, START);
      });
    }),
    { numRuns: 300 },
  );
});

test('exemplars stay the same, at their counter or at the bucket that contains their value', () => {
  fc.assert(
    fc.property(scrape, (input) => {
      const { families } = translate(input, true);
      parseOpenMetrics(bytesOf(families, encode).toString()).forEach((family, i) => {
        const given = families[i]?.samples ?? assert.fail();
        const all = (given as readonly Sample<unknown>[]).flatMap(({ exemplars }) => exemplars ?? []);
        const written = new Set(
          all.map(({ labels, value }) => JSON.stringify([Object.fromEntries(labels), value + 0])),
        );
        for (const { exemplar } of family.samples) {
          if (exemplar === undefined) continue;
          assert.ok(written.has(JSON.stringify([exemplar.labels, exemplar.value + 0])));
        }
        const places = family.samples.filter(({ exemplar }) => exemplar !== undefined).length;
        const expected = family.type === 'counter' || family.type === 'histogram';
        if (expected && all.length > 0) assert.ok(places > 0);
      });
    }),
    { numRuns: 200 },
  );
});
