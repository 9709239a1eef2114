import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Family } from '../../../src/hub/expose/families.ts';
import { createProtobufEncoder } from '../../../src/hub/expose/formats/protobuf.ts';
import { exponential, naming, scrape } from './helpers/hostile.ts';
import { helpMeant } from './helpers/meant.ts';
import {
  counter,
  exemplar,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  START,
  scope,
  upDownCounter,
} from './helpers/metrics.ts';
import { type DecodedFamily, decode } from './helpers/protobuf-decoding.ts';
import { bytesOf, oneScope, translate, value } from './helpers/translated.ts';

const encode = createProtobufEncoder({ classicBuckets: true });
const encodeNativeOnly = createProtobufEncoder({ classicBuckets: false });

function scraped(input: ResourceMetrics, encoder = encode): DecodedFamily[] {
  return decode(bytesOf(translate(input).families, encoder));
}

const POINT: ExponentialHistogram = {
  count: 40,
  sum: 12.5,
  scale: 0,
  zeroCount: 2,
  positive: { offset: 3, bucketCounts: [10, 0, 0, 0, 20, 5, 0, 0, 2] },
  negative: { offset: -2, bucketCounts: [1] },
};

test('a scrape of every kind of metric', () => {
  const families = scraped(
    resourceMetrics(
      { 'service.name': 'shop' },
      scope(
        'lib',
        counter({ name: 'traffic', unit: 'By', help: 'Bytes' }, [
          { code: 200, path: 'a"b\n' },
          2.5,
          [exemplar(1, 1_700_000_010, 'a')],
        ]),
        upDownCounter({ name: 'open' }, value(-1)),
        gauge({ name: 'load', unit: '1' }, value(Number.NEGATIVE_INFINITY)),
        histogram(
          { name: 'wait', unit: 's' },
          [{}, { boundaries: [1, 2], counts: [300, 0, 7], sum: 9 }],
          [
            { a: 'b' },
            { boundaries: [1, 2], counts: [1, 2, 3] },
            [exemplar(2, 1_700_000_010, 'b'), exemplar(3, 1_700_000_010)],
          ],
        ),
      ),
    ),
  );
  const ids = (digit: string) => ({ trace_id: digit.repeat(32), span_id: digit.repeat(16) });
  const time = 1_700_000_010.25;
  assert.deepEqual(families, [
    {
      name: 'target_info',
      help: 'Target metadata',
      type: 'GAUGE',
      unit: '',
      metrics: [{ labels: { service_name: 'shop' }, value: 1, created: undefined }],
    },
    {
      name: 'traffic_bytes_total',
      help: 'Bytes',
      type: 'COUNTER',
      unit: 'bytes',
      metrics: [
        {
          labels: { code: '200', path: 'a"b\n' },
          value: 2.5,
          created: START,
          exemplar: { labels: ids('a'), value: 1, time },
        },
      ],
    },
    {
      name: 'open',
      help: '',
      type: 'GAUGE',
      unit: '',
      metrics: [{ labels: {}, value: -1, created: undefined }],
    },
    {
      name: 'load_ratio',
      help: '',
      type: 'GAUGE',
      unit: '',
      metrics: [{ labels: {}, value: Number.NEGATIVE_INFINITY, created: undefined }],
    },
    {
      name: 'wait_seconds',
      help: '',
      type: 'HISTOGRAM',
      unit: 'seconds',
      metrics: [
        {
          labels: {},
          value: {
            count: 307,
            sum: 9,
            buckets: [
              { bound: 1, count: 300 },
              { bound: 2, count: 300 },
              { bound: Number.POSITIVE_INFINITY, count: 307 },
            ],
          },
          created: START,
        },
        {
          labels: { a: 'b' },
          value: {
            count: 6,
            sum: undefined,
            buckets: [
              { bound: 1, count: 1 },
              { bound: 2, count: 3, exemplar: { labels: ids('b'), value: 2, time } },
              { bound: Number.POSITIVE_INFINITY, count: 6, exemplar: { labels: {}, value: 3, time } },
            ],
          },
          created: START,
        },
      ],
    },
  ]);
});

test('an exponential histogram is a native one, with or without classic buckets', () => {
  const input = oneScope(
    exponentialHistogram({ name: 'x', boundaries: [0, 8, 16, 128, 256, 4096] }, [
      {},
      POINT,
      [exemplar(100, 1_700_000_010, 'a')],
    ]),
  );
  const [both, native] = [encode, encodeNativeOnly].map((encoder) => {
    const histogramValue = scraped(input, encoder)[0]?.metrics[0]?.value;
    return typeof histogramValue === 'object' ? histogramValue : assert.fail();
  });
  assert.deepEqual(native, {
    count: 40,
    sum: 12.5,
    buckets: [],
    native: {
      schema: 0,
      zeroThreshold: 1e-128,
      zeroCount: 2,
      // Two zeros are cheaper written than skipped.
      spans: 3,
      positive: { 4: 10, 8: 20, 9: 5, 10: 0, 11: 0, 12: 2 },
      negative: { '-1': 1 },
      exemplars: [
        { labels: { trace_id: 'a'.repeat(32), span_id: 'a'.repeat(16) }, value: 100, time: 1_700_000_010.25 },
      ],
    },
  });
  assert.deepEqual(both?.native, native?.native);
  assert.deepEqual(
    both?.buckets.map(({ bound, count }) => [bound, count]),
    [
      [0, 3],
      [8, 3],
      [16, 13],
      [128, 13],
      [256, 33],
      [4096, 40],
      [Number.POSITIVE_INFINITY, 40],
    ],
  );
  assert.deepEqual(
    both?.buckets.flatMap(({ exemplar: at, bound }) => (at === undefined ? [] : [bound])),
    [128],
  );
});

test('a histogram that fits no schema of Prometheus has only classic buckets', () => {
  const { sum: _, ...sumless } = POINT;
  for (const point of [{ ...POINT, scale: -5 }, sumless]) {
    const [family] = scraped(oneScope(exponentialHistogram({ name: 'x' }, [{}, point])), encodeNativeOnly);
    const served = family?.metrics[0]?.value;
    assert.ok(typeof served === 'object' && served.native === undefined && served.buckets.length > 3);
  }
});

test('an empty exponential histogram is a native one too', () => {
  const none = { offset: 0, bucketCounts: [] };
  const empty = { count: 0, sum: 0, scale: 0, zeroCount: 0, positive: none, negative: none };
  const [family] = scraped(oneScope(exponentialHistogram({ name: 'x' }, [{}, empty])), encodeNativeOnly);
  assert.deepEqual(family?.metrics[0]?.value, {
    count: 0,
    sum: 0,
    buckets: [],
    native: {
      schema: 0,
      zeroThreshold: 1e-128,
      zeroCount: 0,
      spans: 1,
      positive: {},
      negative: {},
      exemplars: [],
    },
  });
});

test('property: no bucket is lost or moved at any scale', () => {
  fc.assert(
    fc.property(exponential, (point) => {
      fc.pre(point.scale >= -4 && point.sum !== undefined);
      const [family] = scraped(oneScope(exponentialHistogram({ name: 'x' }, [{}, point])), encodeNativeOnly);
      const served = family?.metrics[0]?.value;
      const { native } = typeof served === 'object' ? served : assert.fail();
      assert.ok(native !== undefined && native.schema <= 8);
      const shrink = 2 ** (point.scale - native.schema);
      for (const side of ['positive', 'negative'] as const) {
        const expected: Record<number, number> = {};
        point[side].bucketCounts.forEach((count, i) => {
          const index = Math.floor((point[side].offset + i) / shrink) + 1;
          expected[index] = (expected[index] ?? 0) + count;
        });
        const inUse: [string, number][] = Object.entries(native[side]).filter(([, count]) => count > 0);
        assert.deepEqual(
          Object.fromEntries(inUse),
          Object.fromEntries(Object.entries(expected).filter(([, count]) => count > 0)),
        );
      }
    }),
    { numRuns: 400 },
  );
});

/** The values that a scraper ought to read, without native buckets and exemplars, which have their own tests. */
function meant(families: readonly Family[]): unknown {
  return families.map((family) => ({
    name: family.name,
    help: helpMeant(family),
    type: family.type === 'info' ? 'GAUGE' : family.type.toUpperCase(),
    unit: family.unit,
    metrics: family.samples.map(({ labels, created, value: given }) => ({
      labels: Object.fromEntries(labels.pairs()),
      created: created && START,
      value:
        typeof given === 'number'
          ? given
          : {
              count: given.counts.reduce((a, b) => a + b, 0),
              sum: given.sum,
              buckets: given.counts.map((_, i, counts) => ({
                bound: given.boundaries[i] ?? Number.POSITIVE_INFINITY,
                count: counts.slice(0, i + 1).reduce((a, b) => a + b, 0),
              })),
            },
    })),
  }));
}

test('property: decoding returns the encoded families, for any names, labels, helps and values', () => {
  fc.assert(
    fc.property(scrape, naming, (input, names) => {
      const { families } = translate(input, true, names);
      const decoded = decode(bytesOf(families, encode)).map((family) => ({
        ...family,
        metrics: family.metrics.map(({ labels, created, value: served }) => ({
          labels,
          created,
          value:
            typeof served === 'number'
              ? served
              : {
                  count: served.count,
                  sum: served.sum,
                  buckets: served.buckets.map(({ bound, count }) => ({ bound, count })),
                },
        })),
      }));
      assert.deepEqual(decoded, meant(families));
    }),
    { numRuns: 400 },
  );
});

test('a large scrape comes in chunks of bounded size, and each family follows its whole length', () => {
  const points = Array.from({ length: 30_000 }, (_, i) => [{ route: `/route/${i}` }, i] as const);
  const { families } = translate(
    oneScope(counter({ name: 'c' }, ...points), gauge({ name: 'g' }, ...points)),
  );
  const chunks = Array.from(encode(families), (chunk) => Buffer.from(chunk));
  assert.ok(chunks.filter(({ length }) => length > 0).length > 10);
  for (const chunk of chunks) assert.ok(chunk.length < 256 * 1024);
  const decoded = decode(Buffer.concat(chunks));
  assert.deepEqual(
    decoded.map(({ name, metrics }) => [name, metrics.length, metrics.at(-1)?.value]),
    [
      ['c_total', 30_000, 29_999],
      ['g', 30_000, 29_999],
    ],
  );
});
