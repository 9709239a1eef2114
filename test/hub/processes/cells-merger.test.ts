import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { CellsMerger } from '../../../src/hub/processes/cells-merger.ts';
import { Outgoing } from '../../../src/hub/processes/outgoing.ts';
import { ProcessState } from '../../../src/hub/processes/state.ts';
import { canonicalize } from '../../../src/model/attributes.ts';
import type { Exemplar } from '../../../src/model/exemplars.ts';
import { Merger } from '../../../src/model/merge.ts';

const RULES = { ruled: 'max', latest: 'last' } as const;
const NOW: HrTime = [9, 0];
const PROCESSES = ['p', 'q', 'r'];

const attributes = fc.constantFrom<Attributes>(
  {},
  { a: '1' },
  { a: 1 },
  { b: 'x', a: '1' },
  { a: '1', b: 'x' },
);
/** Nearly always in milliseconds, as recorders have it. */
const nanoseconds = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 1e6) }, fc.constant(1));
const start = fc.tuple(fc.nat(2), nanoseconds) as fc.Arbitrary<HrTime>;
const exemplars = fc.option(
  fc.array(
    fc.record<Exemplar>({
      value: fc.nat(9),
      timestamp: fc.tuple(fc.nat(3), fc.constant(0)) as fc.Arbitrary<HrTime>,
      filteredAttributes: fc.constant({}),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  { nil: undefined, freq: 1 },
);
const count = fc.oneof(fc.constant(0), fc.nat(9));
const summary = {
  sum: fc.option(fc.double({ noNaN: true }), { nil: undefined, freq: 9 }),
  min: fc.option(fc.nat(2), { nil: undefined, freq: 9 }),
  max: fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined, freq: 9 }),
};

function known<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const histogram = fc
  .tuple(fc.constantFrom([1, 2, 5], [1, 2, 5], [1, 5], []), fc.array(count, { minLength: 4, maxLength: 4 }))
  .chain(([boundaries, all]) => {
    const counts = all.slice(0, boundaries.length + 1);
    const total = counts.reduce((sum, one) => sum + one, 0);
    return fc
      .record(summary)
      .map((given) => known({ ...given, count: total, buckets: { boundaries, counts } }));
  });

const buckets = fc.record({
  offset: fc.integer({ min: -9, max: 9 }),
  bucketCounts: fc.array(count, { maxLength: 4 }),
});
const exponential = fc
  .record({
    ...summary,
    scale: fc.integer({ min: -2, max: 3 }),
    zeroCount: count,
    positive: buckets,
    negative: buckets,
  })
  .map((given) => {
    const total = [...given.positive.bucketCounts, ...given.negative.bucketCounts].reduce(
      (sum, one) => sum + one,
      0,
    );
    return known({ ...given, count: total + given.zeroCount });
  });

const number = fc.oneof(fc.nat(5), fc.double({ noNaN: true }));

/** A metric with random points; no two have equal attributes. */
function metric(
  name: string,
  shape: Partial<MetricData>,
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<MetricData> {
  const point = fc.record({ attributes, startTime: start, value, exemplars });
  const points = fc.uniqueArray(point, { maxLength: 4, selector: (one) => canonicalize(one.attributes).key });
  return points.map((dataPoints) => ({
    descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    ...shape,
    dataPoints: dataPoints.map((one) => known({ ...one, endTime: NOW })),
    // The values are of the shape's kind.
  })) as fc.Arbitrary<never>;
}

const SUM = { dataPointType: DataPointType.SUM } as const;
const GAUGE = { dataPointType: DataPointType.GAUGE } as const;
const all = fc.tuple(
  metric('counted', { ...SUM, isMonotonic: true }, fc.nat(9)),
  metric('level', { ...SUM, isMonotonic: false }, number),
  metric('gauge', GAUGE, number),
  metric('ruled', GAUGE, number),
  metric('latest', GAUGE, number),
  metric('took', { dataPointType: DataPointType.HISTOGRAM }, histogram),
  metric('spread', { dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM }, exponential),
);

/** A process reports, some of its metrics perhaps not; or it ends. */
const step = fc.record({
  who: fc.constantFrom(...PROCESSES),
  metrics: all,
  isComplete: fc.boolean(),
  ends: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
});

function inOrder(scopeMetrics: readonly ScopeMetrics[]) {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map(({ dataPoints, ...rest }) => ({
      scope,
      ...rest,
      dataPoints: [...dataPoints]
        .map((point) => ({ ...point, key: canonicalize(point.attributes).key }))
        .map(({ attributes: _, ...point }) => point)
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    })),
  );
}

test('processes merged as arrays give what they give merged point by point', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const merger = new Merger(RULES);
      const cellsMerger = new CellsMerger(RULES);
      const processes = new Map<string, { outgoing: Outgoing; state: ProcessState; own: Attributes }>();
      steps.forEach(({ who, metrics, isComplete, ends }, i) => {
        const process = processes.get(who) ?? {
          outgoing: new Outgoing(),
          state: new ProcessState(),
          own: { 'process.pid': i },
        };
        processes.set(who, process);
        const reported = metrics.filter(({ dataPoints }) => dataPoints.length > 0);
        const { diff } = process.outgoing.update([{ scope: { name: 's' }, metrics: reported }], {
          isComplete,
        });
        process.state.requireFit(diff);
        process.state.apply({ ...diff, time: i });
        if (ends) processes.delete(who);
        const sources = [...processes.values()];
        const merged = cellsMerger.merge(
          sources.map(({ state, own }) => ({ metrics: state.metrics, own })),
          NOW,
        );
        const expected = merger.merge(
          sources.map(({ state, own }) => ({ scopeMetrics: state.scopeMetrics(), own })),
          NOW,
        );
        assert.deepEqual(inOrder(merged), inOrder(expected));
      });
    }),
    { numRuns: 100 },
  );
});

function counters(routes: readonly number[]): ScopeMetrics[] {
  const dataPoints = routes.map((route) => ({
    attributes: { route },
    startTime: NOW,
    endTime: NOW,
    value: 1,
  }));
  const descriptor = { name: 'c', description: '', unit: '', valueType: ValueType.INT };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  return [
    {
      scope: { name: 's' },
      metrics: [{ descriptor, aggregationTemporality, ...SUM, isMonotonic: false, dataPoints }],
    },
  ];
}

function routesOf(scopeMetrics: readonly ScopeMetrics[]): unknown[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes: given }) => given.route)),
  );
}

test('thousands of series that come and go leave the present ones, in the objects that they had', () => {
  const cellsMerger = new CellsMerger({});
  const outgoing = new Outgoing();
  let kept: Attributes | undefined;
  for (let round = 0; round < 6; round++) {
    const routes = [0, ...Array.from({ length: 1500 }, (_, i) => 1 + round * 1500 + i)];
    outgoing.update(counters(routes), { isComplete: true });
    const merged = cellsMerger.merge([{ metrics: outgoing.state.metrics }], NOW);
    assert.deepEqual(routesOf(merged), routes);
    const first = merged[0]?.metrics[0]?.dataPoints[0]?.attributes;
    kept ??= first;
    assert.equal(first, kept);
  }
});
