import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Family } from '../../../src/hub/expose/families.ts';
import { encodeJson } from '../../../src/hub/expose/formats/json.ts';
import { naming, scrape } from './helpers/hostile.ts';
import { type Schema, violations } from './helpers/json-schema.ts';
import { helpMeant } from './helpers/meant.ts';
import {
  counter,
  exemplar,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from './helpers/metrics.ts';
import { bytesOf, oneScope, translate, value } from './helpers/translated.ts';

const schema: Schema = JSON.parse(
  readFileSync(new URL('../../../docs/metrics.schema.json', import.meta.url), 'utf8'),
);

function encode(input: ResourceMetrics): string {
  return bytesOf(translate(input).families, encodeJson).toString();
}

test('a scrape of every kind of metric, to the letter', () => {
  const text = encode(
    resourceMetrics(
      { 'service.name': 'shop' },
      scope(
        'lib',
        histogram({ name: 'wait', unit: 's' }, [
          {},
          { boundaries: [0.5], counts: [1, 2], sum: 9 },
          [exemplar(1, 1_700_000_010, 'a')],
        ]),
        counter({ name: 'traffic', unit: 'By', help: 'Größe "x"' }, [{ b: 2 }, 2.5], [{ a: '1"\n' }, 1]),
        gauge(
          { name: 'load' },
          [{ k: 'c' }, Number.NEGATIVE_INFINITY],
          [{ k: 'a' }, Number.NaN],
          [{ k: 'b' }, 1 / 0],
        ),
      ),
    ),
  );
  assert.equal(
    text,
    `{"families":[
{"name":"load","type":"gauge","unit":"","help":"","series":[
{"labels":{"k":"a"},"value":"NaN"},
{"labels":{"k":"b"},"value":"+Inf"},
{"labels":{"k":"c"},"value":"-Inf"}
]},
{"name":"target_info","type":"info","unit":"","help":"Target metadata","series":[
{"labels":{"service_name":"shop"},"value":1}
]},
{"name":"traffic_bytes_total","type":"counter","unit":"bytes","help":"Größe \\"x\\"","series":[
{"labels":{"a":"1\\"\\n"},"value":1,"created":1700000000.5},
{"labels":{"b":"2"},"value":2.5,"created":1700000000.5}
]},
{"name":"wait_seconds","type":"histogram","unit":"seconds","help":"","series":[
{"labels":{},"count":3,"sum":9,"buckets":[{"le":0.5,"count":1},{"le":"+Inf","count":3}],"created":1700000000.5,"exemplars":[{"labels":{"trace_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","span_id":"aaaaaaaaaaaaaaaa"},"value":1,"time":1700000010.25}]}
]}
]}
`,
  );
  assert.deepEqual(violations(JSON.parse(text), schema), []);
});

test('without metrics there is an empty list', () => {
  assert.deepEqual(JSON.parse(encode(oneScope())), { families: [] });
});

test('the order of the body does not depend on the order of the metrics', () => {
  const one = oneScope(counter({ name: 'a' }, [{ x: 1 }, 1], [{ x: 2 }, 2]), gauge({ name: 'b' }, value(1)));
  const other = oneScope(
    gauge({ name: 'b' }, value(1)),
    counter({ name: 'a' }, [{ x: 2 }, 2], [{ x: 1 }, 1]),
  );
  assert.equal(encode(one), encode(other));
});

test('exponential histograms have both kinds of buckets', () => {
  const point = {
    count: 4,
    sum: 10,
    scale: 0,
    zeroCount: 1,
    positive: { offset: 0, bucketCounts: [1, 2] },
    negative: { offset: 0, bucketCounts: [] },
  };
  const boundaries = [0, 1, 2, 4];
  const input = oneScope(exponentialHistogram({ name: 'x', boundaries }, [{}, point]));
  const { families } = JSON.parse(encode(input));
  assert.deepEqual(families[0].series[0].exponential, {
    scale: 0,
    zeroCount: 1,
    positive: { offset: 0, counts: [1, 2] },
    negative: { offset: 0, counts: [] },
  });
  assert.deepEqual(
    families[0].series[0].buckets.map(({ le }: { le: unknown }) => le),
    [0, 1, 2, 4, '+Inf'],
  );
});

/** Numbers that JSON has, and strings for those that it has not; a zero has no sign. */
function numeral(given: number): number | string {
  const infinite = given === Number.POSITIVE_INFINITY ? '+Inf' : '-Inf';
  return Number.isNaN(given) ? 'NaN' : Number.isFinite(given) ? given + 0 : infinite;
}

function meant(families: readonly Family[]): unknown[] {
  return families.map((family) => ({
    name: family.name,
    type: family.type,
    unit: family.unit,
    help: helpMeant(family),
    series: family.samples
      .map(({ labels, value: given }) => ({
        labels: Object.fromEntries(labels.pairs()),
        value: typeof given === 'number' ? numeral(given) : undefined,
        sum: typeof given === 'number' || given.sum === undefined ? undefined : numeral(given.sum),
        les: typeof given === 'number' ? undefined : [...given.boundaries.map(numeral), '+Inf'],
      }))
      .map((series) => JSON.stringify(series))
      .sort(),
  }));
}

test('property: parsing returns the encoded families, for any names, labels, helps and values', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const { families } = translate(input, true, names);
      const parsed = JSON.parse(bytesOf(families, encodeJson).toString());
      assert.deepEqual(violations(parsed, schema), []);
      const read = parsed.families.map(({ series, ...family }: { series: Record<string, unknown>[] }) => ({
        ...family,
        series: series
          .map(({ labels, value: given, sum, buckets }) => ({
            labels,
            value: given,
            sum,
            les: (buckets as { le: unknown }[] | undefined)?.map(({ le }) => le),
          }))
          .map((one) => JSON.stringify(one))
          .sort(),
      }));
      const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
      assert.deepEqual(read, (meant(families) as { name: string }[]).sort(byName));
    }),
    { numRuns: 300 },
  );
});
