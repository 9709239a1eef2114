import assert from 'node:assert/strict';
import { test } from 'node:test';
import { yielding } from '../../src/base/yielding.ts';
import { createTranslate } from '../../src/hub/expose/translate.ts';
import { counter, type Point } from '../hub/expose/helpers/metrics.ts';
import { oneScope, translation } from '../hub/expose/helpers/translated.ts';

test('yielding returns the result of the work, and other callbacks run in between', async () => {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  function* work(): Generator<undefined, string> {
    for (let i = 0; i < 20; i++) {
      const end = performance.now() + 2;
      while (performance.now() < end);
      yield;
    }
    return 'done';
  }
  assert.equal(await yielding(work()), 'done');
  isDone = true;
  assert.ok(turns >= 10, String(turns));
});

test('work that fails rejects', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it would.
  function* work(): Generator<undefined, string> {
    throw new Error('no');
  }
  await assert.rejects(yielding(work()), { message: 'no' });
});

test('a large snapshot is translated in many pieces', () => {
  const points = Array.from({ length: 50_000 }, (_, i): Point<number> => [{ i }, i]);
  const pieces = [...translation().pieces(oneScope(counter({ name: 'c' }, ...points)))];
  assert.ok(pieces.length >= 50);
});

test('snapshots at one time are translated one after the other, each once', async () => {
  const translate = createTranslate({ scopeLabels: false, warn: (message) => assert.fail(message) });
  const inputs = Array.from({ length: 5 }, (_, i) => {
    const points = Array.from({ length: 3000 }, (_, j): Point<number> => [{ id: String(j) }, i]);
    return oneScope(counter({ name: 'c' }, ...points));
  });
  const results = await Promise.all([...inputs, ...inputs].map((input) => translate(input, 'underscores')));
  results.forEach((families, i) => {
    assert.equal(families, results[i % 5]);
    assert.deepEqual(new Set(families[0]?.samples.map(({ value }) => value)), new Set([i % 5]));
    assert.equal(families[0]?.samples.length, 3000);
  });
});
