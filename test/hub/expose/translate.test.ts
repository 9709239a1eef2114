import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
  upDownCounter,
} from './helpers/metrics.ts';
import { oneScope, samplesOf, translate, translation, value } from './helpers/translated.ts';

test('the type follows the point: monotonic sums are counters, other sums and gauges are gauges', () => {
  const { families, warnings } = translate(
    oneScope(
      counter({ name: 'requests', help: 'All of them' }, value(3)),
      upDownCounter({ name: 'open', unit: '{connection}' }, value(2)),
      gauge({ name: 'load', unit: '1' }, value(0.5)),
      histogram({ name: 'wait', unit: 's' }, [{}, { boundaries: [1, 2], counts: [1, 0, 4], sum: 9 }]),
    ),
  );
  assert.deepEqual(
    families.map(({ name, type, help, unit }) => ({ name, type, help, unit })),
    [
      { name: 'requests_total', type: 'counter', help: 'All of them', unit: '' },
      { name: 'open', type: 'gauge', help: '', unit: '' },
      { name: 'load_ratio', type: 'gauge', help: '', unit: '' },
      { name: 'wait_seconds', type: 'histogram', help: '', unit: 'seconds' },
    ],
  );
  assert.deepEqual(families.at(-1)?.samples[0]?.value, { boundaries: [1, 2], counts: [1, 0, 4], sum: 9 });
  assert.deepEqual(warnings, []);
});

test('labels are sorted pairs of a label name and a text', () => {
  const { families } = translate(
    oneScope(gauge({ name: 'x' }, [{ 'z.z': 200, a: 'two\nlines', list: ['p', 1] }, 1])),
  );
  assert.deepEqual(families[0]?.samples[0]?.labels.pairs(), [
    ['a', 'two\nlines'],
    ['list', '["p",1]'],
    ['z_z', '200'],
  ]);
});

test('a scope becomes three labels and its attributes, by default', () => {
  const metrics = [counter({ name: 'x' }, [{ a: 1 }, 1])];
  const full = {
    name: 'lib',
    version: '1.2.3',
    schemaUrl: 'https://example.com/1',
    attributes: { 'short.name': 'l', name: 'not this one', 'schema-url': 'nor this' },
  };
  assert.deepEqual(samplesOf(resourceMetrics({}, { scope: full, metrics }), true), {
    'x_total{a="1",otel_scope_name="lib",otel_scope_schema_url="https://example.com/1",otel_scope_short_name="l",otel_scope_version="1.2.3"}': 1,
  });
  assert.deepEqual(samplesOf(resourceMetrics({}, scope('lib', ...metrics)), true), {
    'x_total{a="1",otel_scope_name="lib"}': 1,
  });
  assert.deepEqual(samplesOf(resourceMetrics({}, { scope: full, metrics }), false), { 'x_total{a="1"}': 1 });
});

test('metrics of one name in several scopes are one family, with a series for each scope', () => {
  const input = resourceMetrics(
    {},
    scope('a', counter({ name: 'x' }, value(1))),
    scope('b', counter({ name: 'y' }, value(5))),
    scope('c', counter({ name: 'x' }, value(2))),
  );
  assert.deepEqual(samplesOf(input, true), {
    'x_total{otel_scope_name="a"}': 1,
    'x_total{otel_scope_name="c"}': 2,
    'y_total{otel_scope_name="b"}': 5,
  });
  assert.deepEqual(samplesOf(input, false), { 'x_total{}': 3, 'y_total{}': 5 });
});

test('the resource is target_info, unless it is empty', () => {
  const { families } = translate(resourceMetrics({ 'service.name': 'shop', 'host.cpus': 4 }));
  assert.equal(families.length, 1);
  const [{ name, type, help, samples } = assert.fail()] = families;
  assert.deepEqual([name, type, help], ['target_info', 'info', 'Target metadata']);
  assert.equal(samples[0]?.labels.text, 'host_cpus="4",service_name="shop"');
  assert.equal(samples[0]?.value, 1);
  assert.deepEqual(translate(resourceMetrics({})).families, []);
});

test('values of keys that become one label name are joined in the order of the keys', () => {
  const attributes = { a_b: 'third', 'a-b': 'first', 'a.b': 'second' };
  assert.deepEqual(samplesOf(oneScope(gauge({ name: 'x' }, [attributes, 1]))), {
    'x{a_b="first;second;third"}': 1,
  });
  assert.deepEqual(samplesOf(oneScope(gauge({ name: 'x' }, [{ 'otel.scope.name': 'mine' }, 1])), true), {
    'x{otel_scope_name="mine;s"}': 1,
  });
});

test('an attribute without a value becomes no label', () => {
  const input = oneScope(
    counter({ name: 'x' }, [{ a: '' }, 1], [{ a: null }, 2], [{ a: undefined }, 4], value(8)),
  );
  assert.deepEqual(samplesOf(input), { 'x_total{}': 15 });
  const joined = oneScope(gauge({ name: 'x' }, [{ 'a.a': undefined, 'a.b': null, a_b: 'b', a_a: 'a' }, 1]));
  assert.deepEqual(samplesOf(joined), { 'x{a_a="a",a_b=";b"}': 1 });
});

test("an attribute le does not get in the way of a histogram's own", () => {
  const buckets = { boundaries: [1], counts: [1, 1], sum: 3 };
  assert.deepEqual(
    samplesOf(oneScope(histogram({ name: 'h' }, [{ le: 'Paris' }, buckets], [{ le: 'Rome' }, buckets]))),
    { 'h{exported_le="Paris"}': buckets, 'h{exported_le="Rome"}': buckets },
  );
  assert.deepEqual(samplesOf(oneScope(gauge({ name: 'g' }, [{ le: 'Paris' }, 1]))), { 'g{le="Paris"}': 1 });
});

test('one attributes object may serve series of different kinds and scopes', () => {
  const attributes = { le: 'x' };
  const buckets = { boundaries: [], counts: [7] };
  const input = resourceMetrics(
    {},
    scope('a', gauge({ name: 'g' }, [attributes, 1]), histogram({ name: 'h' }, [attributes, buckets])),
    scope('b', gauge({ name: 'g' }, [attributes, 2])),
  );
  const expected = {
    'g{le="x",otel_scope_name="a"}': 1,
    'g{le="x",otel_scope_name="b"}': 2,
    'h{exported_le="x",otel_scope_name="a"}': { ...buckets, sum: undefined },
  };
  assert.deepEqual(samplesOf(input, true), expected);
});

test('delta points and unusable names are dropped with a warning each', () => {
  const { families, warnings } = translate(
    oneScope(
      counter({ name: 'd', delta: true }, value(1)),
      histogram({ name: 'h', delta: true }, [{}, { boundaries: [], counts: [1] }]),
      gauge({ name: 'g', delta: true }, value(1)),
      gauge({ name: '日本' }, value(1)),
    ),
  );
  assert.deepEqual(
    families.map(({ name }) => name),
    ['g'],
  );
  assert.deepEqual(warnings, [
    'counter "d" of scope "s" is not served: it has delta temporality, and Prometheus needs cumulative values',
    'histogram "h" of scope "s" is not served: it has delta temporality, and Prometheus needs cumulative values',
    'gauge "日本" of scope "s" is not served: nothing of its name can be written in a Prometheus name',
  ]);
});

test('unsorted, duplicate or infinite boundaries become proper buckets', () => {
  const given = { boundaries: [2, 1, 1, Number.POSITIVE_INFINITY], counts: [1, 2, 4, 8, 16], sum: 5 };
  assert.deepEqual(samplesOf(oneScope(histogram({ name: 'h' }, [{}, given]))), {
    'h{}': { boundaries: [1, 2], counts: [6, 1, 24], sum: 5 },
  });
});

test('exponential histograms have classic buckets on a grid by their unit', () => {
  const none = { offset: 0, bucketCounts: [] };
  const point = { count: 10, sum: 3, scale: 0, zeroCount: 2, positive: { offset: -1, bucketCounts: [3, 4] } };
  const negative = { offset: 0, bucketCounts: [1] };
  const { families } = translate(
    oneScope(
      exponentialHistogram({ name: 'time', unit: 's' }, [{}, { ...point, negative }]),
      exponentialHistogram({ name: 'size', unit: 'By' }, [{}, { ...point, negative: none }]),
      exponentialHistogram({ name: 'other' }, [{}, { ...point, negative: none }]),
    ),
  );
  assert.deepEqual(
    families.map((family) => {
      const { boundaries, counts, sum } =
        (family.type === 'histogram' && family.samples[0]?.value) || assert.fail();
      const inUse = counts.flatMap((count, i) => (count === 0 ? [] : [[boundaries[i], count]]));
      return { first: boundaries[0], last: boundaries.at(-1), inUse, sum };
    }),
    [
      {
        first: 2 ** -20,
        last: 2 ** 12,
        inUse: [
          [2 ** -20, 3],
          [1, 3],
          [2, 4],
        ],
        sum: 3,
      },
      { first: 2 ** 4, last: 2 ** 34, inUse: [[2 ** 4, 9]], sum: 3 },
      {
        first: 2 ** -10,
        last: 2 ** 24,
        inUse: [
          [2 ** -10, 2],
          [1, 3],
          [2, 4],
        ],
        sum: 3,
      },
    ],
  );
});

test('the labels of a series are computed once for all scrapes', () => {
  const attributes = { a: 1 };
  const { run } = translation();
  const [first] = run(oneScope(counter({ name: 'x' }, [attributes, 1])));
  const [second] = run(oneScope(counter({ name: 'x' }, [attributes, 2])));
  assert.equal(second?.samples[0]?.labels, first?.samples[0]?.labels);
  assert.equal(second?.samples[0]?.value, 2);
});

test('everything that the SDK collects can be translated', async () => {
  class Reader extends MetricReader {
    protected async onForceFlush() {}
    protected async onShutdown() {}
  }
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('shop', '2.0.0');
  meter.createCounter('orders').add(2, { kind: 'book' });
  meter
    .createHistogram('price', { unit: '{euro}', advice: { explicitBucketBoundaries: [5, 10] } })
    .record(7, { kind: 'book' });
  const { resourceMetrics: collected } = await reader.collect();
  const { families, warnings } = translate(collected, true);
  assert.deepEqual(
    families.map(({ name }) => name),
    ['target_info', 'orders_total', 'price'],
  );
  const labels = 'kind="book",otel_scope_name="shop",otel_scope_version="2.0.0"';
  assert.equal(families[1]?.samples[0]?.labels.text, labels);
  assert.deepEqual(families[2]?.samples[0]?.value, { boundaries: [5, 10], counts: [0, 1, 0], sum: 7 });
  assert.deepEqual(warnings, []);
  await provider.shutdown();
});
