import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  counter,
  gauge,
  histogram,
  type Point,
  resourceMetrics,
  scope,
  upDownCounter,
} from './helpers/metrics.ts';
import { oneScope, samplesOf, translate, value } from './helpers/translated.ts';

test('sums with one identity in Prometheus are added', () => {
  assert.deepEqual(
    samplesOf(
      oneScope(
        counter({ name: 'c' }, [{ code: 200 }, 1], [{ code: '200' }, 2], [{ code: 500 }, 4]),
        upDownCounter({ name: 'u' }, [{ code: 200 }, 5], [{ code: '200' }, -2]),
      ),
    ),
    { 'c_total{code="200"}': 3, 'c_total{code="500"}': 4, 'u{code="200"}': 3 },
  );
});

test('the last of several gauges with one identity in Prometheus is served', () => {
  assert.deepEqual(samplesOf(oneScope(gauge({ name: 'g' }, [{ code: 200 }, 1], [{ code: '200' }, 2]))), {
    'g{code="200"}': 2,
  });
});

test('histograms with one identity in Prometheus are added if their boundaries are equal', () => {
  const { families, warnings } = translate(
    oneScope(
      histogram(
        { name: 'h' },
        [{ code: 200 }, { boundaries: [1, 2], counts: [1, 2, 3], sum: 10 }],
        [{ code: '200' }, { boundaries: [1, 2], counts: [4, 0, 1], sum: 5 }],
      ),
      histogram({ name: 'h', help: 'same' }, [
        { code: 200 },
        { boundaries: [1, 3], counts: [9, 9, 9], sum: 99 },
      ]),
    ),
  );
  assert.deepEqual(
    families[0]?.samples.map((sample) => sample.value),
    [{ boundaries: [1, 2], counts: [5, 2, 4], sum: 15 }],
  );
  assert.deepEqual(warnings, [
    'a series of histogram "h" of scope "s" is not served: another has the same labels and other buckets',
  ]);
});

test('a metric with the name of another type of metric is dropped, and a warning names both', () => {
  const { families, warnings } = translate(
    resourceMetrics(
      { 'service.name': 'shop' },
      scope('first', gauge({ name: 'queue.size' }, value(1))),
      scope('second', histogram({ name: 'queue/size' }, [{}, { boundaries: [], counts: [1] }])),
      scope('third', gauge({ name: 'target.info' }, value(1))),
    ),
  );
  assert.deepEqual(
    families.map(({ name, type }) => [name, type]),
    [
      ['target_info', 'info'],
      ['queue_size', 'gauge'],
    ],
  );
  assert.deepEqual(warnings, [
    'histogram "queue/size" of scope "second" is not served: gauge "queue.size" of scope "first" already has the Prometheus name queue_size',
    'gauge "target.info" of scope "third" is not served: the resource already has the Prometheus name target_info',
  ]);
});

test('a metric cannot have the name of a sample of a histogram', () => {
  const buckets: Point<{ boundaries: number[]; counts: number[] }> = [{}, { boundaries: [], counts: [1] }];
  const { families, warnings } = translate(
    oneScope(
      histogram({ name: 'a' }, buckets),
      gauge({ name: 'a.count' }, value(1)),
      gauge({ name: 'b.bucket' }, value(1)),
      histogram({ name: 'b' }, buckets),
    ),
  );
  assert.deepEqual(
    families.map(({ name }) => name),
    ['a', 'b_bucket'],
  );
  assert.deepEqual(warnings, [
    'gauge "a.count" of scope "s" is not served: histogram "a" of scope "s" already has the Prometheus name a_count',
    'histogram "b" of scope "s" is not served: gauge "b.bucket" of scope "s" already has the Prometheus name b_bucket',
  ]);
});

test('different metrics and attributes with one identity in Prometheus are merged, with a warning', () => {
  const { families, warnings } = translate(
    oneScope(
      counter({ name: 'a__b' }, [{ 'k.v': 'x', k_v: 'y' }, 1]),
      counter({ name: 'a_b' }, [{ k_v: 'x;y' }, 2]),
      gauge({ name: 'a.b.c' }, [{ 'k.v': 'x' }, 3]),
    ),
  );
  assert.deepEqual(
    families.map(({ name, samples }) => [name, samples.map(({ labels, value }) => [labels.text, value])]),
    [
      ['a_b_total', [['k_v="x;y"', 3]]],
      ['a_b_c', [['k_v="x"', 3]]],
    ],
  );
  assert.deepEqual(warnings, [
    'attributes "k.v" and "k_v" of counter "a__b" of scope "s" are one label in Prometheus, k_v: their values are joined with ";"',
    'counter "a_b" of scope "s" and counter "a__b" of scope "s" are one metric in Prometheus, a_b_total: series with the same labels are merged. Give one of them another name.',
  ]);
});

test('the first of different help texts is served, with a warning', () => {
  const { families, warnings } = translate(
    resourceMetrics(
      {},
      scope('a', counter({ name: 'x' }, value(1))),
      scope('b', counter({ name: 'x', help: 'Bs' }, value(1))),
      scope('c', counter({ name: 'x', help: 'Cs' }, value(1))),
    ),
    true,
  );
  assert.equal(families[0]?.help, 'Bs');
  assert.equal(families[0]?.samples.length, 3);
  assert.deepEqual(warnings, [
    'counter "x" of scope "c" is served with the help "Bs" of counter "x" of scope "a", not with its own "Cs": both are x_total in Prometheus',
  ]);
});

for (const [whose, own] of [
  ['pitot', 'pitot/http'],
  ['OpenTelemetry', '@opentelemetry/instrumentation-http'],
] as const) {
  test(`another instrumentation may describe a metric of ${whose}’s in other words, without a warning`, () => {
    const { families, warnings } = translate(
      resourceMetrics(
        {},
        scope(own, counter({ name: 'x', help: 'Ours' }, value(1))),
        scope('other', counter({ name: 'x', help: 'Theirs' }, value(1))),
      ),
      true,
    );
    assert.equal(families[0]?.help, 'Ours');
    assert.deepEqual(warnings, []);
  });
}

test('metrics without points do not occupy their name', () => {
  const { families, warnings } = translate(
    oneScope(gauge({ name: 'x.total' }), counter({ name: 'x' }, value(1))),
  );
  assert.deepEqual(
    families.map(({ name, type }) => [name, type]),
    [['x_total', 'counter']],
  );
  assert.deepEqual(warnings, []);
});
