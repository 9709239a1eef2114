import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type Histogram,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { addHistograms } from '../../src/model/explicit-histogram.ts';
import { Merger, type Source } from '../../src/model/merge.ts';

const BOUNDARIES = [
  [1, 2, 5],
  [1, 5],
  [2, 3, 5, 8],
];

// Whole numbers, so that sums are exact in any order.
const histogram: fc.Arbitrary<Histogram> = fc
  .tuple(fc.constantFrom(...BOUNDARIES), fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 20 }))
  .map(([boundaries, values]) => {
    const counts = new Array<number>(boundaries.length + 1).fill(0);
    for (const value of values) {
      const found = boundaries.findIndex((boundary) => value <= boundary);
      const at = found === -1 ? boundaries.length : found;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    const sum = values.reduce((a, b) => a + b, 0);
    const extremes = values.length === 0 ? {} : { min: Math.min(...values), max: Math.max(...values) };
    return { count: values.length, sum, ...extremes, buckets: { boundaries, counts } };
  });

describe('histograms', () => {
  test('are added in any order with the same result, and every count is kept', () => {
    fc.assert(
      fc.property(histogram, histogram, histogram, (a, b, c) => {
        assert.deepEqual(addHistograms(a, b), addHistograms(b, a));
        const left = addHistograms(addHistograms(a, b), c);
        assert.deepEqual(left, addHistograms(a, addHistograms(b, c)));
        assert.equal(left.count, a.count + b.count + c.count);
        assert.equal(
          left.buckets.counts.reduce((x, y) => x + y, 0),
          left.count,
        );
      }),
    );
  });

  test('with different boundaries are exact at those that both have', () => {
    fc.assert(
      fc.property(histogram, histogram, (a, b) => {
        const { boundaries } = addHistograms(a, b).buckets;
        for (const boundary of boundaries) {
          assert.equal(below(addHistograms(a, b), boundary), below(a, boundary) + below(b, boundary));
        }
      }),
    );
  });

  function below({ buckets: { boundaries, counts } }: Histogram, boundary: number): number {
    return counts.slice(0, boundaries.indexOf(boundary) + 1).reduce((sum, count) => sum + count, 0);
  }
});

describe('several sources', () => {
  const one = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 1000 })), {
    maxLength: 5,
  });

  test('give the sum of each counter series, in any order and grouping', () => {
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (all) => {
        const sources = all.map((series) => ({ scopeMetrics: counters(new Map(series)) }));
        const expected = new Map<string, number>();
        for (const series of all) {
          for (const [key, value] of new Map(series)) expected.set(key, (expected.get(key) ?? 0) + value);
        }
        const [first, ...rest] = sources;
        const nested = [{ scopeMetrics: new Merger({}).merge(rest, [9, 0]) }, ...(first ? [first] : [])];
        for (const order of [sources, sources.toReversed(), nested]) {
          assert.deepEqual(valuesOf(new Merger({}).merge(order, [9, 0])), sorted(expected));
        }
      }),
    );
  });

  test('keep one attributes object for each merged series, that of the first source that had it', () => {
    const merger = new Merger({});
    const main = counters(new Map([['a', 1]]));
    const other = counters(new Map([['a', 2]]));
    const given = pointsOf(main)[0]?.attributes;
    for (const sources of [[main], [main, other], [other, main]]) {
      const merged = merger.merge(
        sources.map((scopeMetrics) => ({ scopeMetrics })),
        [9, 0],
      );
      assert.equal(pointsOf(merged)[0]?.attributes, given);
    }
  });

  for (const [rule, expected] of [
    ['sum', 9],
    ['max', 5],
    ['min', 1],
    ['mean', 3],
    ['last', 1],
  ] as const) {
    test(`merge a gauge by the rule ${rule}`, () => {
      const merger = new Merger({ level: rule });
      const sources = [gauge(5), gauge(2), gauge(3)];
      merger.merge(sources, [1, 0]);
      const middle = sources[1]?.scopeMetrics[0]?.metrics[0]?.dataPoints[0];
      assert.ok(middle !== undefined);
      // The second one was written again, later than the others.
      Object.assign(middle, { value: 1, endTime: [2, 0] });
      assert.deepEqual(
        pointsOf(merger.merge(sources, [2, 0])).map(({ value }) => value),
        [expected],
      );
    });
  }

  test('merge a gauge by the rule that its instrument declares, unless the setting has another', () => {
    const declaring = [gauge(5, 7), gauge(2, 8)];
    for (const { scopeMetrics } of declaring) {
      for (const { descriptor } of scopeMetrics[0]?.metrics ?? [])
        Object.assign(descriptor, { merge: 'max' });
    }
    const values = (merger: Merger) => pointsOf(merger.merge(declaring, [1, 0])).map(({ value }) => value);
    assert.deepEqual(values(new Merger({})), [5]);
    assert.deepEqual(values(new Merger({ level: 'sum' })), [7]);
  });

  test('keep a gauge without a rule apart by their own attributes', () => {
    const merged = new Merger({}).merge([gauge(1, 7), gauge(2, 8)], [1, 0]);
    assert.deepEqual(
      pointsOf(merged).map(({ attributes, value }) => [attributes, value]),
      [
        [{ 'process.pid': 7 }, 1],
        [{ 'process.pid': 8 }, 2],
      ],
    );
  });
});

function counters(series: ReadonlyMap<string, number>): ScopeMetrics[] {
  const dataPoints = [...series].map(([k, value]) => ({
    attributes: { k },
    value,
    startTime: [1, 0] as [number, number],
    endTime: [2, 0] as [number, number],
  }));
  if (dataPoints.length === 0) return [];
  const metric: MetricData = {
    descriptor: { name: 'n', description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints,
  };
  return [{ scope: { name: 's' }, metrics: [metric] }];
}

function gauge(value: number, pid?: number): Source {
  const metric: MetricData = {
    descriptor: { name: 'level', description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: [{ attributes: {}, value, startTime: [1, 0], endTime: [1, 0] }],
  };
  const own = pid === undefined ? undefined : { 'process.pid': pid };
  return { scopeMetrics: [{ scope: { name: 's' }, metrics: [metric] }], own };
}

function pointsOf(scopeMetrics: readonly ScopeMetrics[]) {
  return scopeMetrics.flatMap(({ metrics }) => metrics.flatMap((metric) => [...metric.dataPoints]));
}

function valuesOf(scopeMetrics: readonly ScopeMetrics[]): [unknown, unknown][] {
  return sorted(
    new Map(pointsOf(scopeMetrics).map(({ attributes, value }) => [String(attributes.k), Number(value)])),
  );
}

function sorted(values: ReadonlyMap<string, number>): [string, number][] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}
