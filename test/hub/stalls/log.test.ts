import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StallLog } from '../../../src/hub/stalls/log.ts';
import { ownStalls } from '../../../src/hub/stalls/report.ts';

const NS_PER_SECOND = 1_000_000_000n;

test('a process reports its last 20 stalls, the newest first, each with its duration', () => {
  let now = 0n;
  const log = new StallLog([], undefined, () => now);
  for (let stall = 1n; stall <= 25n; stall++) {
    const begun = { thread: { name: 'main', id: 0 } as const, start: now };
    now += stall * NS_PER_SECOND;
    log.add(begun);
    log.end(begun, now);
  }
  const views = ownStalls(log).views();
  assert.deepEqual(
    views.map(({ seconds }) => seconds),
    Array.from({ length: 20 }, (_, i) => 25 - i),
  );
  assert.ok(views.every(({ isOver, thread }) => isOver && thread === 'main'));
});

test('a stall that goes on has the duration so far', () => {
  let now = 0n;
  const log = new StallLog([], undefined, () => now);
  log.add({ thread: { name: 'worker', id: 3 }, start: now });
  now = 2n * NS_PER_SECOND;
  const [view] = ownStalls(log).views();
  assert.deepEqual([view?.seconds, view?.isOver, view?.thread], [2, false, 'worker 3']);
});
