import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ObservableResult } from '@opentelemetry/api';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { readerOf } from './helpers/collect.ts';
import { valuesOf } from './helpers/points.ts';
import { warningsOf } from './helpers/warnings.ts';

// The recorder's own timers keep no process alive, and so not that of these tests.
let alive: NodeJS.Timeout;
before(() => {
  alive = setInterval(() => {}, 1000);
});
after(() => clearInterval(alive));

function start() {
  const recorder = new Recorder();
  return { recorder, meter: recorder.getMeter('test'), read: readerOf(recorder) };
}

test('observables are run at each collection, sync or async, alone or together', async () => {
  const { meter, read } = start();
  let turns = 0;
  const gauge = meter.createObservableGauge('g');
  const counter = meter.createObservableCounter('c');
  gauge.addCallback(async (result) => {
    await Promise.resolve();
    result.observe(++turns, { from: 'async' });
  });
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(gauge, 10, { from: 'batch' });
      result.observe(counter, 200);
    },
    [gauge, counter],
  );
  await read();
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'g'), [
    [{ from: 'batch' }, 10],
    [{ from: 'async' }, 2],
  ]);
  assert.deepEqual(valuesOf(scopes, 'c'), [[{}, 200]]);
});

for (const [how, fail] of [
  [
    'throws',
    () => {
      throw new Error('broken');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
] as const) {
  test(`a callback that ${how} leaves its own series at their last values and nothing else, with one warning`, async (t) => {
    const warnings = warningsOf(t);
    const { recorder, meter, read } = start();
    let isBroken = false;
    let turns = 0;
    meter.createObservableGauge('bad').addCallback((result: ObservableResult) => {
      result.observe(++turns);
      return isBroken ? fail() : undefined;
    });
    meter.createObservableGauge('good').addCallback((result) => result.observe(turns));
    await read();
    isBroken = true;
    await read();
    const scopes = await read();
    assert.deepEqual(valuesOf(scopes, 'bad'), [[{}, 1]]);
    assert.deepEqual(valuesOf(scopes, 'good'), [[{}, 3]]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /the callback that observes bad failed \(broken\)/);
    assert.deepEqual(await recorder.observe(100), ['the callback that observes bad failed (broken)']);
  });
}

test('a callback that never settles is not run again, holds up nothing past its deadline, and keeps its last values', async () => {
  const { recorder, meter, read } = start();
  let runs = 0;
  meter.createObservableGauge('stuck').addCallback((result) => {
    result.observe(++runs);
    return runs === 1 ? undefined : new Promise(() => {});
  });
  meter.createObservableGauge('good').addCallback((result) => result.observe(5));
  await read();
  assert.deepEqual(await recorder.observe(20), [
    'the callback that observes stuck failed (no answer in 20 ms)',
  ]);
  assert.deepEqual(await recorder.observe(20), [
    'the callback that observes stuck failed (its previous run has not ended)',
  ]);
  assert.equal(runs, 2);
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'stuck'), [[{}, 1]]);
  assert.deepEqual(valuesOf(scopes, 'good'), [[{}, 5]]);
});

test('a callback that answers late counts when it does', async () => {
  const { recorder, meter, read } = start();
  let answer = () => {};
  meter.createObservableGauge('late').addCallback(async (result) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    result.observe(7);
  });
  await recorder.observe(5);
  answer();
  await new Promise(setImmediate);
  const read2 = read();
  answer();
  assert.deepEqual(valuesOf(await read2, 'late'), [[{}, 7]]);
});

test('a set of attributes disappears when it is no longer reported, and starts anew when it comes back', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 });
  const { meter, read } = start();
  let present = ['a', 'b'];
  meter.createObservableUpDownCounter('u').addCallback((result) => {
    for (const id of present) result.observe(1, { id });
  });
  assert.equal(valuesOf(await read(), 'u').length, 2);
  present = ['b'];
  t.mock.timers.tick(1000);
  assert.deepEqual(valuesOf(await read(), 'u'), [[{ id: 'b' }, 1]]);
  present = ['a', 'b'];
  t.mock.timers.tick(1000);
  const points = (await read())[0]?.metrics[0]?.dataPoints;
  assert.deepEqual(
    points?.map(({ attributes, startTime }) => [attributes.id, startTime[0]]),
    [
      ['b', 5],
      ['a', 7],
    ],
  );
});

test('series that are no longer reported take no place in the limit and no memory', async () => {
  const { recorder, meter, read } = start();
  let turn = 0;
  meter.createObservableGauge('g').addCallback((result) => {
    for (let id = 0; id < 10; id++) result.observe(turn, { id, turn });
  });
  for (turn = 1; turn <= 1000; turn++) await recorder.observe(100);
  assert.deepEqual(
    valuesOf(await read(), 'g'),
    Array.from({ length: 10 }, (_, id) => [{ id, turn }, turn]),
  );
});

test('series that only a failed run reported take no place', async () => {
  const { recorder, meter, read } = start();
  recorder.configure({ seriesLimit: 20 });
  let turn = 0;
  meter.createObservableGauge('g').addCallback((result) => {
    for (let id = 0; id < 10; id++) result.observe(id, { id, turn });
    if (turn < 10) throw new Error('broken');
  });
  for (turn = 1; turn < 10; turn++) await recorder.observe(100);
  assert.equal(valuesOf(await read(), 'g').length, 10);
});

test('a series that is removed while a callback runs is there when the callback has succeeded, redacted', async () => {
  const { recorder, meter, read } = start();
  let answer = () => {};
  meter.createObservableGauge('g').addCallback(async (result) => {
    result.observe(7, { id: 'a' });
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
  });
  const observed = recorder.observe(1000);
  recorder.configure({ redact: { id: 'redact' } });
  answer();
  await observed;
  const again = read();
  answer();
  assert.deepEqual(valuesOf(await again, 'g'), [[{ id: 'REDACTED' }, 7]]);
});

test('a removed callback takes its series with it', async () => {
  const { meter, read } = start();
  const gauge = meter.createObservableGauge('g');
  const callback = (result: ObservableResult) => result.observe(1);
  gauge.addCallback(callback);
  gauge.addCallback(callback);
  await read();
  gauge.removeCallback(callback);
  assert.deepEqual(await read(), []);
});

test('an observable counter that goes down has been reset: it starts anew', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 });
  const { meter, read } = start();
  let value = 10;
  meter.createObservableCounter('c').addCallback((result) => result.observe(value));
  await read();
  value = 3;
  t.mock.timers.tick(1000);
  const point = (await read())[0]?.metrics[0]?.dataPoints[0];
  assert.deepEqual([point?.value, point?.startTime], [3, [6, 0]]);
});

test('at the end of the process synchronous callbacks still count', async () => {
  const { recorder, meter, read } = start();
  meter.createObservableGauge('g').addCallback((result) => result.observe(4));
  recorder.observeNow(Number.POSITIVE_INFINITY);
  assert.deepEqual(valuesOf(await read(), 'g'), [[{}, 4]]);
});
