import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createOpenMetricsEncoder } from '../../../src/hub/expose/formats/openmetrics.ts';
import { naming, scrape } from './helpers/hostile.ts';
import { referenceParse, skipWithoutReferenceParser } from './helpers/reference-parser.ts';
import { parseOpenMetrics } from './helpers/strict-openmetrics.ts';
import { bytesOf, translate } from './helpers/translated.ts';

const skip = skipWithoutReferenceParser();
const encode = createOpenMetricsEncoder({ createdSeries: true });

test('the reference parser reads hostile names, labels, helps and values without complaint', { skip }, () => {
  // It knows of no names in UTF-8.
  const plain = naming.filter(({ escaping }) => escaping !== 'allow-utf-8');
  const bodies = fc
    .sample(fc.tuple(scrape, plain), 500)
    .map(([input, names]) => bytesOf(translate(input, true, names).families, encode).toString())
    .filter((body) => !hasBraceInExemplar(body));
  referenceParse(bodies).forEach((families, i) => {
    const own = parseOpenMetrics(bodies[i] ?? '');
    assert.deepEqual(
      families.map(({ samples, ...family }) => ({
        ...family,
        samples: samples.map(({ name, labels, exemplar }) => [name, labels, exemplar?.labels]),
      })),
      own.map(({ samples, ...family }) => ({
        ...family,
        samples: samples.map(({ name, labels, exemplar }) => [
          name,
          { ...labels },
          exemplar && { ...exemplar.labels },
        ]),
      })),
    );
  });
});

/** The reference parser takes the first one for the end of the exemplar's labels. */
function hasBraceInExemplar(body: string): boolean {
  return parseOpenMetrics(body).some(({ samples }) =>
    samples.some(({ exemplar }) =>
      Object.values(exemplar?.labels ?? {}).some((value) => value.includes('}')),
    ),
  );
}
