import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Preparation } from '../../src/hub/preparation.ts';

function preparing(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const state = { series: 0, prepared: 0 };
  const preparation = new Preparation({
    countSeries: () => state.series,
    prepare: async () => {
      state.prepared++;
    },
  });
  const announce = async (series: number) => {
    state.series += series;
    preparation.announced();
    t.mock.timers.tick(1000);
    await Promise.resolve();
  };
  return { state, preparation, announce };
}

test('a thousand new series are prepared once, when no more are announced', async (t) => {
  const { state, preparation, announce } = preparing(t);
  await announce(999);
  assert.equal(state.prepared, 0);
  preparation.announced();
  t.mock.timers.tick(150);
  preparation.announced();
  t.mock.timers.tick(150);
  state.series = 60_000;
  assert.equal(state.prepared, 0);
  await announce(0);
  assert.equal(state.prepared, 1);
  await announce(5000);
  assert.equal(state.prepared, 1);
  await announce(25_000);
  assert.equal(state.prepared, 2);
});

test('series that a scrape has shown, and more than the hub prepares, are left alone', async (t) => {
  const { state, preparation, announce } = preparing(t);
  state.series = 2000;
  preparation.scraped();
  await announce(1);
  assert.equal(state.prepared, 0);
  await announce(1_000_000);
  assert.equal(state.prepared, 0);
});
