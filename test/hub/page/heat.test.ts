import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heat } from '../../../src/hub/page/heat.ts';

const BOUNDS = [0.01, 0.1, Number.POSITIVE_INFINITY];
const MINUTE = 60_000;

function added(...counts: number[]) {
  const count = counts.reduce((sum, each) => sum + each, 0);
  return { count, failed: 0, clientErrors: 0, sum: 0, distribution: { bounds: BOUNDS, counts } };
}

test('a heat map has the values of each ten seconds by bucket, and a later frame has what changed', () => {
  const heat = new Heat(15 * MINUTE);
  heat.add(100_000, added(1, 0, 0));
  heat.add(102_000, added(2, 0, 4));
  heat.add(110_000, undefined);
  heat.add(112_000, added(0, 5, 0));
  const columns = [
    {
      time: 100_000,
      seconds: 10,
      cells: [
        [0, 0.01, 3],
        [0.1, null, 4],
      ],
    },
    { time: 110_000, seconds: 10, cells: [[0.01, 0.1, 5]] },
  ];
  assert.deepEqual(heat.from(0), columns);
  assert.deepEqual(heat.from(112_000), columns.slice(1));
});

test('a heat map forgets what is older than the history', () => {
  const heat = new Heat(MINUTE);
  for (let time = 0; time < 10 * MINUTE; time += 2000) heat.add(time, added(1, 0, 0));
  const all = heat.from(0);
  assert.ok(all.length >= 6 && all.length <= 8, String(all.length));
  assert.equal(all.at(-1)?.time, 10 * MINUTE - 10_000);
});
