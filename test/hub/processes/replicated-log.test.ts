import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Entry } from '../../../src/hub/processes/messages.ts';
import { Outgoing } from '../../../src/hub/processes/outgoing.ts';
import { ReplicatedLog } from '../../../src/hub/processes/replicated-log.ts';
import { ServiceView } from '../../../src/hub/processes/service-view.ts';
import type { StallView } from '../../../src/hub/stalls/report.ts';

const PROCESSES = ['p', 'q', 'r'];

/** A process of this name counts, or ends. */
const step = fc.record({ who: fc.constantFrom(...PROCESSES), adds: fc.nat(9), ends: fc.boolean() });

test('totals are the sum of everything counted, whichever processes have ended and whichever has the log', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, takeover) => {
      let log = new ReplicatedLog();
      const kept = new ReplicatedLog();
      const running = new Map<string, { outgoing: Outgoing; value: number; id: string }>();
      let counted = 0;
      steps.forEach(({ who, adds, ends }, i) => {
        // The leader is gone: the log goes on with the copy of another.
        if (i === takeover) {
          log = ReplicatedLog.from(kept.copy(0));
          log.beginEpoch(1);
        }
        const process = running.get(who) ?? { outgoing: new Outgoing(), value: 0, id: `${who}${i}` };
        running.set(who, process);
        process.value += adds;
        counted += adds;
        const { diff } = process.outgoing.update(metrics(process.value), { isComplete: true });
        const description = { id: process.id, pid: 1, started: '', attributes: {} };
        const isWhole = i === takeover;
        const entries: Entry[] = [
          {
            type: 'state',
            process: description,
            isWhole,
            diff: isWhole ? process.outgoing.state.everything(0) : diff,
          },
        ];
        if (ends) {
          entries.push({ type: 'ended', process: process.id });
          running.delete(who);
        }
        for (const entry of entries) {
          log.append(entry);
          kept.append(entry);
        }
      });
      assert.equal(totalOf(log), steps.length === 0 ? 0 : counted);
    }),
  );
});

test('a late copy adds what only it has, and nothing twice', () => {
  const before = new ReplicatedLog();
  for (const id of ['dead', 'alive', 'gone']) before.append(state(id, 10));
  before.append({ type: 'ended', process: 'dead' });
  const copy = before.copy(0);

  const next = new ReplicatedLog();
  next.beginEpoch(1);
  next.append(state('alive', 15));
  next.append(state('new', 1));
  next.append({ type: 'ended', process: 'new' });
  for (let i = 0; i < 2; i++) next.adopt(copy, (id) => id === 'alive');
  assert.equal(totalOf(next), 10 + 15 + 10 + 1);
  next.append({ type: 'ended', process: 'gone' });
  next.adopt(copy, (id) => id === 'alive');
  next.append(state('gone', 99));
  assert.equal(totalOf(next), 36);
});

test('an observable counter that restarts, or is not reported for a while, does not lower the totals', () => {
  const outgoing = new Outgoing();
  // Each value with the second in which its series began.
  const values: ([number, number] | undefined)[] = [[5, 1], [8, 1], [2, 2], undefined, [3, 3], [1, 3]];
  const seen = values.map((value) => {
    outgoing.update(value === undefined ? [] : metrics(...value), { isComplete: true });
    return outgoing.state.scopeMetrics()[0]?.metrics[0]?.dataPoints[0]?.value;
  });
  // The last one is older than the one before it: it began with it, and counters only rise.
  assert.deepEqual(seen, [5, 8, 10, 10, 11, 11]);
});

test('a histogram with exponential buckets that restarts does not lower the totals', () => {
  const outgoing = new Outgoing();
  // Each list of counts with the second in which its series began.
  const readings: [number[], number][] = [
    [[1, 2], 1],
    [[1], 2],
    [[1, 0, 4], 2],
    [[2], 3],
    // Older than the one before it.
    [[1], 3],
  ];
  const seen = readings.map(([counts, start]) => {
    outgoing.update(exponential(counts, start), { isComplete: true });
    const { startTime, value } = outgoing.state.scopeMetrics()[0]?.metrics[0]?.dataPoints[0] ?? {};
    const { count, positive } = value as ExponentialHistogram;
    return [startTime, count, positive.bucketCounts];
  });
  assert.deepEqual(seen, [
    [[1, 0], 3, [1, 2]],
    [[1, 0], 4, [2, 2]],
    [[1, 0], 8, [2, 2, 4]],
    [[1, 0], 10, [4, 2, 4]],
    [[1, 0], 10, [4, 2, 4]],
  ]);
});

test('ended processes keep a bounded number of series, and the overflow series counts the rest', () => {
  const log = new ReplicatedLog();
  for (let i = 0; i < 13; i++) {
    const names = Array.from({ length: 1000 }, (_, j) => `${i % 12} ${j}`);
    const { diff } = new Outgoing().update(
      names.flatMap((name) => metrics(1, 1, name)),
      { isComplete: true },
    );
    const process = { id: `p${i}`, pid: 1, started: '', attributes: {} };
    log.append({ type: 'state', process, isWhole: true, diff });
    log.append({ type: 'ended', process: process.id });
  }
  const points = log.endedTotals
    .scopeMetrics()
    .flatMap((scope) => scope.metrics.flatMap((metric) => [...metric.dataPoints]));
  assert.equal(points.length, 10_000);
  assert.equal(totalOf(log), 13_000);
  const countOf = (key: string, value: unknown) =>
    points.find(({ attributes }) => attributes[key] === value)?.value;
  assert.equal(countOf('otel.metric.overflow', true), 2001);
  assert.equal(countOf('a', '0 0'), 2, 'what is there goes on being counted as such');
});

test('the last 20 stalls of ended processes are in every copy, once each, and none goes on', () => {
  const log = new ReplicatedLog();
  for (let i = 0; i < 15; i++) {
    log.append({ ...state(`p${i}`, 1), stalls: [stall(2 * i + 1, i !== 14), stall(2 * i)] });
    log.append({ type: 'ended', process: `p${i}` });
  }
  log.append({ ...state('alive', 1), stalls: [stall(99)] });
  const next = new ReplicatedLog();
  for (let i = 0; i < 2; i++) next.adopt(log.copy(0), () => false);
  for (const each of [log, ReplicatedLog.from(log.copy(0)), next]) {
    assert.deepEqual(
      each.endedStalls.map(({ time }) => Date.parse(time) / 1000),
      Array.from({ length: 20 }, (_, i) => 29 - i),
    );
    assert.ok(each.endedStalls.every(({ isOver }) => isOver));
    assert.equal(each.processes.get('alive')?.stalls.length, 1);
  }
});

test('a process that sends everything again, without its stalls, has not forgotten them', () => {
  const log = new ReplicatedLog();
  log.append({ ...state('p', 1), stalls: [stall(1)] });
  log.append(state('p', 2));
  assert.equal(log.processes.get('p')?.stalls.length, 1);
});

/** A stall that began so many seconds after the epoch. */
function stall(time: number, isOver = true): StallView {
  return { time: new Date(time * 1000).toISOString(), seconds: 1, isOver, thread: 'main', routes: [] };
}

function state(id: string, value: number): Entry & { readonly type: 'state' } {
  const { diff } = new Outgoing().update(metrics(value), { isComplete: true });
  return { type: 'state', process: { id, pid: 1, started: '', attributes: {} }, isWhole: true, diff };
}

function metrics(value: number, start = 1, a = 'b'): ScopeMetrics[] {
  const metric: MetricData = {
    descriptor: { name: 'n', description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: [{ attributes: { a }, value, startTime: [start, 0], endTime: [start, 1] }],
  };
  return [{ scope: { name: 's' }, metrics: [metric] }];
}

function exponential(bucketCounts: number[], start: number): ScopeMetrics[] {
  const count = bucketCounts.reduce((sum, one) => sum + one, 0);
  const value: ExponentialHistogram = {
    ...{ count, sum: count, min: 1, max: 2, zeroCount: 0, scale: 0 },
    positive: { offset: 0, bucketCounts },
    negative: { offset: 0, bucketCounts: [] },
  };
  const metric: MetricData = {
    descriptor: { name: 'n', description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints: [{ attributes: {}, value, startTime: [start, 0], endTime: [start, 1] }],
  };
  return [{ scope: { name: 's' }, metrics: [metric] }];
}

function totalOf(log: ReplicatedLog): number {
  const points = new ServiceView({})
    .merge(log)
    .flatMap(({ metrics: all }) => all.flatMap((metric) => [...metric.dataPoints]));
  return points.reduce((sum, { value }) => sum + Number(value), 0);
}
