import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataOf } from '../../../page/plotted.ts';

const LINES = [
  { id: 'heap', label: 'heap', isLimit: false },
  { id: 'limit', label: 'limit', isLimit: true },
];

test('a limit has a line only near the values, so that a distant one does not flatten them', () => {
  const drawn = (heap: number) =>
    dataOf(LINES, {
      times: [1, 2],
      lines: [
        [10, heap],
        [100, 100],
      ],
      over: null,
    })[2];
  assert.deepEqual(drawn(30), [null, null]);
  assert.deepEqual(drawn(60), [100, 100]);
});
