import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT_CONTEXT, trace, ValueType } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { checked } from '../../../src/hub/processes/checks.ts';
import { DIFF, type Diff } from '../../../src/hub/processes/diff.ts';
import { Outgoing } from '../../../src/hub/processes/outgoing.ts';
import { ownSeries } from '../../../src/hub/processes/own-series.ts';
import { ProcessState } from '../../../src/hub/processes/state.ts';
import { canonicalize } from '../../../src/model/attributes.ts';
import type { PointWithExemplars } from '../../../src/model/exemplars.ts';
import { valuesOf } from '../../app/record/helpers/points.ts';
import { ReadingHub } from '../../app/record/helpers/reading-hub.ts';

function start() {
  const recorder = new Recorder();
  const hub = new ReadingHub(recorder);
  const peek = () => {
    const scopeMetrics = hub.collect();
    hub.deliver();
    return scopeMetrics;
  };
  const own = ownSeries({
    peek,
    observe: async () => ({ scopeMetrics: [], errors: [] }),
    collect: () => Promise.reject(new Error('not asked for')),
  });
  return { meter: recorder.getMeter('test'), own, peek };
}

test('a process sends a new leader everything that it has counted', () => {
  const { meter, own } = start();
  meter.createCounter('c').add(3);
  const leader = new ProcessState();
  leader.apply(own.everything());
  assert.deepEqual(valuesOf(leader.scopeMetrics(), 'c'), [[{}, 3]]);
});

test('two counters with one name and different value types each keep their own count, over several reports', () => {
  const { meter, own } = start();
  meter.createCounter('c').add(5);
  meter.createCounter('c', { valueType: ValueType.INT }).add(3);
  const leader = new ProcessState();
  for (let i = 0; i < 3; i++) leader.apply(own.take(undefined).diff);
  assert.deepEqual(
    leader.scopeMetrics()[0]?.metrics.map(({ dataPoints }) => dataPoints[0]?.value),
    [5, 3],
  );
});

test('a counter and a histogram that were removed and come back go on from their counts and their start times', async () => {
  const { meter, own } = start();
  const counter = meter.createCounter('c');
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } });
  const leader = new ProcessState();
  const report = () => {
    leader.apply(own.take({ scopeMetrics: [], errors: [] }).diff);
    return Object.fromEntries(
      leader
        .scopeMetrics()
        .flatMap(({ metrics }) => metrics.map((m) => [m.descriptor.name, m.dataPoints[0]])),
    );
  };
  const record = (value: number) => {
    counter.add(1, { a: 'b' });
    histogram.record(value, { a: 'b' });
  };
  for (const value of [0.5, 1.5, 5]) record(value);
  const first = report();
  for (let round = 1; round <= 2; round++) {
    await pause(5);
    counter.remove({ a: 'b' });
    histogram.remove({ a: 'b' });
    report();
    record(1.5);
    report();
    record(9);
    const { c, h } = report();
    assert.equal(c?.value, 3 + 2 * round);
    assert.deepEqual(h?.value, {
      count: 3 + 2 * round,
      sum: 7 + 10.5 * round,
      min: 0.5,
      max: 9,
      buckets: { boundaries: [1, 2], counts: [1, 1 + round, 1 + round] },
    });
    assert.deepEqual([c?.startTime, h?.startTime], [first.c?.startTime, first.h?.startTime]);
  }
});

test('a process whose series come and go reports the present ones, and remembers only a few thousand', () => {
  const { meter, own } = start();
  const kept = meter.createCounter('kept');
  const passing = meter.createGauge('passing');
  let leader = new ProcessState();
  for (let i = 1; i <= 20; i++) {
    kept.add(1, { a: 'b' });
    for (let j = 0; j < 500; j++) passing.record(i, { id: `${i} ${j}` });
    const { isWhole, diff } = own.take({ scopeMetrics: [], errors: [] });
    if (isWhole) leader = new ProcessState();
    leader.apply(diff);
    assert.deepEqual(valuesOf(leader.scopeMetrics(), 'kept'), [[{ a: 'b' }, i]]);
    assert.equal(valuesOf(leader.scopeMetrics(), 'passing').length, 500);
    for (let j = 0; j < 500; j++) passing.remove({ id: `${i} ${j}` });
  }
  assert.ok(leader.size < 4000, `${leader.size} series`);
});

/** Names, attributes and values of all series, in a fixed order. */
function allOf(scopeMetrics: readonly ScopeMetrics[]): unknown[] {
  const all = scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ descriptor: { name }, dataPoints }) =>
      dataPoints.map(({ attributes, value, startTime }) => [
        `${name} ${canonicalize(attributes).key}`,
        value,
        startTime,
      ]),
    ),
  );
  return all.sort(([a], [b]) => String(a).localeCompare(String(b)));
}

test('a histogram with thousands of buckets, and an exemplar in each, is taken by its leader with the newest', async () => {
  const recorder = new Recorder();
  recorder.configure({ exemplarFilter: 'always_on' });
  const hub = new ReadingHub(recorder);
  const explicitBucketBoundaries = Array.from({ length: 3000 }, (_, i) => i);
  const histogram = recorder.getMeter('test').createHistogram('h', { advice: { explicitBucketBoundaries } });
  const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  const inSpan = trace.setSpanContext(ROOT_CONTEXT, span);
  for (let i = 0; i < 3000; i++) histogram.record(i, {}, inSpan);
  const [metric] = hub.collect()[0]?.metrics ?? [];
  const [given] = (metric?.dataPoints ?? []) as PointWithExemplars<unknown>[];
  const { diff } = new Outgoing().update(hub.collect(), { isComplete: true });
  const leader = new ProcessState();
  leader.requireFit(checked('diff', diff, DIFF));
  leader.apply(diff);
  const [point] = (leader.scopeMetrics()[0]?.metrics[0]?.dataPoints ?? []) as PointWithExemplars<unknown>[];
  assert.equal(point?.exemplars?.length, 1000);
  assert.ok((given?.exemplars?.length ?? 0) > 1000);
});

test('a process whose clock is thousands of years ahead is taken by its leader, without exemplars', (t) => {
  t.mock.method(Date, 'now', () => 1e15);
  const recorder = new Recorder();
  recorder.configure({ exemplarFilter: 'always_on' });
  const hub = new ReadingHub(recorder);
  recorder.getMeter('test').createHistogram('h').record(1);
  t.mock.restoreAll();
  const { diff } = new Outgoing().update(hub.collect(), { isComplete: true });
  const leader = new ProcessState();
  leader.requireFit(checked('diff', diff, DIFF));
  leader.apply(diff);
  const [point] = leader.scopeMetrics()[0]?.metrics[0]?.dataPoints ?? [];
  assert.deepEqual(point?.startTime, [0, 0]);
  assert.deepEqual((point as PointWithExemplars<unknown>).exemplars, []);
});

const step = fc.record({
  what: fc.constantFrom('count', 'observe', 'measure', 'forget', 'push', 'report'),
  route: fc.nat(4),
  value: fc.nat(9),
});

test('reports of what changed give the leader what a snapshot has, in any order of recordings', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, hasRestarted) => {
      const { meter, own, peek } = start();
      const counter = meter.createCounter('counted');
      const histogram = meter.createHistogram('took', { advice: { explicitBucketBoundaries: [2, 5] } });
      const gauge = meter.createGauge('level');
      let leader = new ProcessState();
      const report = (diff: Diff) => {
        leader.requireFit(diff);
        leader.apply(diff);
        assert.deepEqual(allOf(leader.scopeMetrics()), allOf(peek()));
      };
      steps.forEach(({ what, route, value }, i) => {
        const attributes = { route };
        if (what === 'count') counter.add(value, attributes);
        if (what === 'observe') histogram.record(value, attributes);
        if (what === 'measure') gauge.record(value, attributes);
        if (what === 'forget') gauge.remove(attributes);
        if (hasRestarted && i === 20) {
          leader = new ProcessState();
          report(own.everything());
        }
        // Series that are gone are told with the next report.
        if (what === 'push') leader.apply(own.take(undefined).diff);
        if (what === 'report') report(own.take({ scopeMetrics: [], errors: [] }).diff);
      });
      report(own.take({ scopeMetrics: [], errors: [] }).diff);
    }),
  );
});
