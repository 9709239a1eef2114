import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CauseTotals } from '../../../src/hub/stalls/cause-totals.ts';

const MAIN = { name: 'main', id: 0 } as const;

function causeOf(name: string) {
  return {
    frames: [{ name, file: '/app/a.js', line: 1, column: 1 }],
    ...{ calling: '', isNative: false, share: 1 },
  } as const;
}

test('functions beyond 200 series count in one, and those with a series go on in it', () => {
  const totals = new CauseTotals();
  for (let i = 0; i < 250; i++) totals.began(MAIN, causeOf(`f${i}`));
  totals.began(MAIN, causeOf('f0'));
  const { all } = totals;
  assert.equal(all.length, 200);
  const stallsOf = (key: string, value: unknown) =>
    all.find(({ attributes }) => attributes[key] === value)?.stalls;
  assert.equal(stallsOf('code.function.name', 'f0'), 2);
  assert.equal(stallsOf('otel.metric.overflow', true), 51);
});
