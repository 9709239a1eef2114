import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { ownSeries } from '../../../src/hub/processes/own-series.ts';
import { ProcessState } from '../../../src/hub/processes/state.ts';
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
  return { meter: recorder.getMeter('test'), own };
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
