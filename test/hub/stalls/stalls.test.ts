import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { notReady } from '../../../src/hub/readiness.ts';
import { Stalls } from '../../../src/hub/stalls/stalls.ts';
import { VitalSigns } from '../../../src/model/vital-signs.ts';

/** One loop and the hub's watch over it, in a time that passes when it is told to. Times are in milliseconds. */
function watched({ threshold = 1000 } = {}) {
  let time = 1_000_000n;
  const signs = new VitalSigns();
  signs.begin(time);
  const stalls = new Stalls(threshold, undefined, () => time);
  stalls.add({ name: 'main', id: 0 }, signs);
  const state = () => {
    const [only] = stalls.states();
    const totals = stalls.totals().get('main');
    assert.ok(only !== undefined && totals !== undefined);
    return { ...only, stalls: totals.stalls, stalled: totals.seconds };
  };
  const pass = (ms: number, { isFree = true, isWatched = true } = {}) => {
    for (let passed = 0; passed < ms; passed += 250) {
      time += BigInt(Math.min(250, ms - passed)) * 1_000_000n;
      if (isFree) signs.beat(time);
      if (isWatched) stalls.states();
    }
  };
  signs.beat(time);
  return { signs, state, pass };
}

test('a loop that turns is not stuck, whatever it does', () => {
  const { state, pass } = watched();
  pass(60_000);
  const { stuck, stalls, stalled, hasTurned, notReady } = state();
  assert.deepEqual([stuck, stalls, stalled, hasTurned, notReady], [0, 0, 0, true, undefined]);
});

test('the time for which a loop is stuck grows while it is, and is 0 again afterwards', () => {
  const { state, pass } = watched();
  pass(1000);
  const seen: number[] = [];
  for (let i = 0; i < 4; i++) {
    pass(1000, { isFree: false });
    seen.push(state().stuck);
  }
  assert.deepEqual(seen, [0.75, 1.75, 2.75, 3.75]);
  pass(250);
  assert.equal(state().stuck, 0);
});

test('stalls above the threshold are counted, once each and while they last', () => {
  const { state, pass } = watched({ threshold: 1000 });
  pass(1000);
  pass(1000, { isFree: false });
  assert.deepEqual([state().stalls, state().stalled], [0, 0]);
  pass(500, { isFree: false });
  assert.deepEqual([state().stalls, state().stalled], [1, 1.25]);
  pass(10_000, { isFree: false });
  assert.deepEqual([state().stalls, state().stalled], [1, 11.25]);
  pass(10_000);
  assert.deepEqual([state().stalls, state().stalled], [1, 11.5]);
  pass(900, { isFree: false });
  pass(1000);
  assert.deepEqual([state().stalls, state().stalled], [1, 11.5]);
  pass(2000, { isFree: false });
  pass(1000);
  assert.deepEqual([state().stalls, state().stalled], [2, 13.5]);
});

test('a time in which the hub did not run either is not a stall', () => {
  const { state, pass } = watched();
  pass(1000);
  pass(3_600_000, { isFree: false, isWatched: false });
  assert.equal(state().stuck, 0);
  pass(1000);
  assert.deepEqual([state().stuck, state().stalls], [0, 0]);

  // The loop may be the first to run again.
  pass(3_600_000, { isFree: false, isWatched: false });
  pass(250, { isWatched: false });
  assert.deepEqual([state().stuck, state().stalls], [0, 0]);

  // A loop that stays stuck is seen from then on.
  pass(3_600_000, { isFree: false, isWatched: false });
  state();
  pass(2000, { isFree: false });
  assert.deepEqual([state().stuck, state().stalls], [1.75, 1]);
});

test('a stall that lasts longer than the hub’s absence keeps its counted time', () => {
  const { state, pass } = watched();
  pass(5250, { isFree: false });
  assert.deepEqual([state().stalls, state().stalled], [1, 5]);
  pass(60_000, { isFree: false, isWatched: false });
  pass(1000, { isFree: false });
  assert.deepEqual([state().stalls, state().stalled], [1, 5]);
  pass(1000);
  assert.deepEqual([state().stalls, state().stalled], [1, 5]);
});

test('property: totals never fall and never exceed the time that passed', () => {
  const step = fc.record({
    ms: fc.integer({ min: 1, max: 5000 }),
    isFree: fc.boolean(),
    isWatched: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { state, pass } = watched({ threshold: 500 });
      let [before, passed] = [state(), 0];
      for (const { ms, isFree, isWatched } of steps) {
        pass(ms, { isFree, isWatched });
        passed += ms / 1000;
        const now = state();
        assert.ok(now.stalls >= before.stalls && now.stalled >= before.stalled);
        assert.ok(now.stalled <= passed && now.stuck <= passed && now.stuck >= 0);
        before = now;
      }
    }),
  );
});

test('an application is not ready before its loop has turned, while it is stuck, and when it says so', () => {
  let time = 0n;
  const signs = new VitalSigns();
  signs.begin(time);
  const stalls = new Stalls(1000, undefined, () => time);
  stalls.add({ name: 'main', id: 0 }, signs);
  const why = () => notReady(stalls.states(), 5000);
  assert.equal(why(), 'the event loop of the application has not turned since the start');
  signs.beat(time);
  assert.equal(why(), undefined);
  for (; time < 5_000_000_000n; time += 250_000_000n) assert.equal(why(), undefined);
  time += 1_250_000_000n;
  // The hub was away for more than a second: it starts anew.
  assert.equal(why(), undefined);
  for (let i = 0; i < 24; i++) {
    time += 250_000_000n;
    stalls.states();
  }
  assert.equal(why(), 'the event loop of the application has been stuck for 5.8 s');
  signs.beat(time);
  assert.equal(why(), undefined);
  signs.setReady(false, 'draining');
  assert.equal(why(), 'draining');
  signs.setReady(false, '');
  assert.equal(why(), 'the application says so');
  signs.setReady(true, 'no matter');
  assert.equal(why(), undefined);
});

test('worker threads have their own state and totals, which they leave behind, and no part in readiness', () => {
  let time = 0n;
  const stalls = new Stalls(1000, undefined, () => time);
  const [main, worker] = [new VitalSigns(), new VitalSigns()];
  stalls.add({ name: 'main', id: 0 }, main);
  const remove = stalls.add({ name: 'worker', id: 3 }, worker);
  for (let i = 0; i < 40; i++) {
    time += 250_000_000n;
    main.beat(time);
    if (i === 0) worker.beat(time);
    stalls.states();
  }
  assert.deepEqual(
    stalls.states().map(({ thread, stuck }) => [thread.id, stuck]),
    [
      [0, 0],
      [3, 9.5],
    ],
  );
  assert.equal(notReady(stalls.states(), 5000), undefined);
  worker.setReady(false, 'loading');
  assert.equal(notReady(stalls.states(), 5000), 'loading');
  remove();
  assert.equal(stalls.states().length, 1);
  assert.deepEqual(
    [...stalls.totals()],
    [
      ['main', { stalls: 0, seconds: 0 }],
      ['worker', { stalls: 1, seconds: 9.5 }],
    ],
  );
});
