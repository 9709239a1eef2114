import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workflow } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const NAME = { 'workflow.name': 'import' };

test('steps are counted by type and outcome, timed, and nodes of their run', async () => {
  const collect = registerStockProvider();
  const run = workflow.run({ name: 'import' }, async (run) => {
    assert.equal(await run.step({ type: 'fetch' }, async () => 'body'), 'body');
    run.step({ type: 'parse' }, () => {});
    run.step({ type: 'parse' }, (step) => step.cancel());
    run.node();
    await run.step({ type: 'store' }, async () => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
  });
  await assert.rejects(run, { code: 'ENOSPC' });
  const collected = await collect();
  const step = (type: string, outcome: string) => ({
    ...NAME,
    'workflow.step.type': type,
    'workflow.outcome': outcome,
  });
  const expected = [
    [step('fetch', 'success'), 1],
    [step('parse', 'success'), 1],
    [step('parse', 'cancellation'), 1],
    [{ ...step('store', 'failure'), 'error.type': 'ENOSPC' }, 1],
  ];
  assert.deepEqual(collected.sums('workflow.step.finished'), expected);
  assert.deepEqual(collected.counts('workflow.step.duration'), expected);
  assert.deepEqual(collected.histograms('workflow.run.nodes'), [
    [
      { ...NAME, 'workflow.outcome': 'failure', 'error.type': 'ENOSPC' },
      { count: 1, sum: 5 },
    ],
  ]);
});

test('retries are counted of runs, and of steps by their type', async () => {
  const collect = registerStockProvider();
  workflow.run({ name: 'import' }, (run) => {
    run.retry();
    run.step({ type: 'fetch' }, (step) => {
      step.retry();
      step.retry();
    });
  });
  assert.deepEqual((await collect()).sums('workflow.retries'), [
    [NAME, 1],
    [{ ...NAME, 'workflow.step.type': 'fetch' }, 2],
  ]);
});

test('a step can be a using scope', async () => {
  const collect = registerStockProvider();
  const run = workflow.run({ name: 'import' });
  const step = run.step({ type: 'fetch' });
  step.fail('timeout');
  step.end();
  run.end();
  assert.deepEqual((await collect()).sums('workflow.step.finished'), [
    [{ ...NAME, 'workflow.step.type': 'fetch', 'workflow.outcome': 'failure', 'error.type': 'timeout' }, 1],
  ]);
});

test('stored definitions are reported at every collection, all stores together', async () => {
  const collect = registerStockProvider();
  const definitions = new Map([['import', {}]]);
  const first = workflow.definitions({ count: () => definitions.size });
  const second = workflow.definitions({ count: () => 10 });
  assert.deepEqual((await collect()).sums('workflow.definition.stored'), [[{}, 11]]);
  definitions.set('export', {});
  assert.deepEqual((await collect()).sums('workflow.definition.stored'), [[{}, 12]]);
  second.stop();
  assert.deepEqual((await collect()).sums('workflow.definition.stored'), [[{}, 2]]);
  first.stop();
});
