import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Family, Sample } from '../../../src/hub/expose/families.ts';
import { createOpenMetrics2Encoder } from '../../../src/hub/expose/formats/openmetrics2.ts';
import { everyKind } from './helpers/every-kind.ts';
import { naming, scrape } from './helpers/hostile.ts';
import { comparable, helpMeant, samplesMeant } from './helpers/meant.ts';
import { counter, exponentialHistogram, histogram, START } from './helpers/metrics.ts';
import type { ParsedSample } from './helpers/sample-lines.ts';
import { parseOpenMetrics2 } from './helpers/strict-openmetrics2.ts';
import { bytesOf, oneScope, translate, value } from './helpers/translated.ts';

const encode = createOpenMetrics2Encoder({ classicBuckets: true });

function textOf(input: ResourceMetrics, encoder = encode): string {
  return bytesOf(translate(input, false).families, encoder).toString();
}

const SIZE = exponentialHistogram({ name: 'size', unit: 'By' }, [
  {},
  {
    count: 12,
    sum: 12.5,
    scale: 0,
    zeroCount: 1,
    positive: { offset: 0, bucketCounts: [2, 0, 3, 0, 0, 0, 5] },
    negative: { offset: -2, bucketCounts: [1] },
  },
]);

test('a scrape of every kind of metric in OpenMetrics 2.0, to the letter', () => {
  const text = textOf(everyKind());
  assert.equal(
    text,
    String.raw`# TYPE target_info info
# HELP target_info Target metadata
target_info{service_name="shop"} 1
# TYPE http_traffic_bytes_total counter
# UNIT http_traffic_bytes_total bytes
# HELP http_traffic_bytes_total Bytes by \"code\"\nand \\ method
http_traffic_bytes_total{http_code="200",path="C:\\a\n\"b\""} 3 st@1700000000.5 # {trace_id="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",span_id="aaaaaaaaaaaaaaaa"} 1 1700000010.25
http_traffic_bytes_total{http_code="500"} 1e+21 st@1700000000.5
# TYPE open gauge
open -1.5
# TYPE load_ratio gauge
load_ratio{k="a"} NaN
load_ratio{k="b"} -Inf
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Waiting
wait_seconds{exported_le="x"} {count:7,sum:12.25,bucket:[5e-05:1,1:3,2.5e+06:3,+Inf:7]} st@1700000000.5 # {trace_id="cccccccccccccccccccccccccccccccc",span_id="cccccccccccccccc"} 0.75 1700000020.25 # {} 3000000 1700000030.25
# EOF
`,
  );
});

test('an exponential histogram has native buckets, and classic buckets behind them unless the setting is off', () => {
  const [, , line] = textOf(oneScope(SIZE)).split('\n');
  assert.match(
    line ?? '',
    /^size_bytes \{count:12,sum:12\.5,schema:0,zero_threshold:1e-128,zero_count:1,negative_spans:\[-1:1\],negative_buckets:\[1\],positive_spans:\[1:3,3:1\],positive_buckets:\[2,0,3,5\],bucket:\[16:7,32:7,/,
  );
  assert.match(line ?? '', /,\+Inf:12\]\} st@1700000000\.5$/);
  const alone = textOf(oneScope(SIZE), createOpenMetrics2Encoder({ classicBuckets: false }));
  assert.match(alone, /positive_buckets:\[2,0,3,5\]\} st@/);
});

test('a counter keeps its type without the suffix, and loses it with a value that no counter can have', () => {
  const input = oneScope(counter({ name: 'good' }, value(1)), counter({ name: 'bad' }, value(-1)));
  const names = { strategy: 'NoTranslation', escaping: 'allow-utf-8' } as const;
  const text = bytesOf(translate(input, false, names).families, encode).toString();
  assert.equal(text, '# TYPE good counter\ngood 1 st@1700000000.5\n# TYPE bad unknown\nbad -1\n# EOF\n');
});

test('a histogram without a sum has NaN, because the format requires a sum', () => {
  const text = textOf(oneScope(histogram({ name: 'x' }, [{}, { boundaries: [-1], counts: [1, 2] }])));
  assert.equal(text, '# TYPE x histogram\nx {count:3,sum:NaN,bucket:[-1:1,+Inf:3]} st@1700000000.5\n# EOF\n');
});

test('names in UTF-8 are quoted inside the braces, in OpenMetrics 2.0 as well', () => {
  const input = oneScope(
    counter({ name: 'my.requests', help: 'H' }, [{ 'http.method': 'GET' }, 2]),
    histogram({ name: 'my.wait', unit: 's' }, [{}, { boundaries: [1], counts: [1, 0], sum: 1 }]),
  );
  const names = { strategy: 'NoUTF8EscapingWithSuffixes', escaping: 'allow-utf-8' } as const;
  assert.equal(
    bytesOf(translate(input, false, names).families, encode).toString(),
    `# TYPE "my.requests_total" counter
# HELP "my.requests_total" H
{"my.requests_total","http.method"="GET"} 2 st@1700000000.5
# TYPE "my.wait_seconds" histogram
# UNIT "my.wait_seconds" seconds
{"my.wait_seconds"} {count:1,sum:1,bucket:[1:1,+Inf:1]} st@1700000000.5
# EOF
`,
  );
});

/** As the format has it: with a sum in any case. */
function meant(family: Family): ParsedSample[] {
  const samples = comparable(samplesMeant(family), family.type);
  if (family.type !== 'histogram') return samples;
  const without = family.samples.filter(({ value: { sum } }) => sum === undefined);
  return [
    ...samples,
    ...without.map(({ labels }) => ({
      name: `${family.name}_sum`,
      labels: Object.fromEntries(labels.pairs()),
      value: Number.NaN,
    })),
  ];
}

function sorted(samples: readonly ParsedSample[]): string[] {
  return samples
    .map(({ name, labels, value }) => `${name} ${JSON.stringify(Object.entries(labels).sort())} ${value}`)
    .sort();
}

test('property: parsing OpenMetrics 2.0 returns the encoded families, for any names, labels, helps and values', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const { families } = translate(input, true, names);
      const parsed = parseOpenMetrics2(bytesOf(families, encode).toString());
      assert.equal(parsed.length, families.length);
      parsed.forEach((family, i) => {
        const given = families[i] ?? assert.fail();
        assert.equal(family.name, given.name.replace(/\p{Surrogate}/gu, '\ufffd'));
        assert.deepEqual(sorted(comparable(family.samples, family.type)), sorted(meant(given)));
        assert.equal(family.help, helpMeant(given));
        assert.ok(family.type === given.type || family.type === 'unknown');
        const isCounted = family.type === 'counter' || family.type === 'histogram';
        assert.equal(family.starts.length, isCounted ? given.samples.length : 0);
        for (const time of family.starts) assert.equal(time, START);
      });
    }),
    { numRuns: 400 },
  );
});

test('property: exemplars stay the same, one for each bucket at most', () => {
  fc.assert(
    fc.property(scrape, (input) => {
      const { families } = translate(input, true);
      parseOpenMetrics2(bytesOf(families, encode).toString()).forEach((family, i) => {
        const given = families[i]?.samples ?? assert.fail();
        const all = (given as readonly Sample<unknown>[]).flatMap(({ exemplars }) => exemplars ?? []);
        const written = new Set(
          all.map(({ labels, value: measured }) =>
            JSON.stringify([Object.fromEntries(labels), measured + 0]),
          ),
        );
        const found = family.samples.flatMap(({ exemplar: one }) => (one === undefined ? [] : [one]));
        for (const one of found) {
          assert.ok(written.has(JSON.stringify([one.labels, one.value + 0])));
        }
        if (family.type === 'counter' || family.type === 'histogram') {
          assert.equal(found.length > 0, all.length > 0);
        }
      });
    }),
    { numRuns: 200 },
  );
});
