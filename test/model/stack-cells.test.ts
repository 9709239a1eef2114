import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StackCells } from '../../src/model/stack-cells.ts';

test('a stall that ends before a stack was asked for has no answer, and the first request has its own', () => {
  const cells = new StackCells();
  assert.equal(cells.read(0), undefined);
  assert.equal(cells.read(1), undefined);
  const frames = [{ name: 'work', file: 'file:///app.js', line: 1, column: 2 }];
  new StackCells(cells.buffer).answer(1, { time: 5n, isDebugged: false, frames });
  assert.deepEqual(cells.read(1), { time: 5n, isDebugged: false, frames });
  assert.equal(cells.read(0), undefined);
});
