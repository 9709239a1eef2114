import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, whole } from '../../../src/hub/page/format.ts';

test('counts have commas between thousands, as English readers write them', () => {
  const numbers = [0, 1, 12, 123, 1234, 123_456, 1_234_567, 1234.5, 0.25, 1e15, -1, -123, -1234];
  for (const number of numbers) {
    assert.equal(whole(number), number.toLocaleString('en-US', { maximumFractionDigits: 3 }));
  }
});

test('a large number on a chart keeps all digits before the decimal point', () => {
  assert.equal(format(98_765.4, 'count'), '98,765');
  assert.equal(format(1_234_567_890_123, 'count'), '1,235\u202fG');
});

test('shares of a CPU are in cores', () => {
  assert.deepEqual(
    [0.125, 1, 2].map((value) => format(value, 'cpu').replaceAll('\u202f', ' ')),
    ['0.13 cores', '1 core', '2 cores'],
  );
  assert.equal(format(0.5, 's/s'), '0.5\u202fs/s');
});
