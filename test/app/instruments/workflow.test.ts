import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workflow } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

test('runs are counted when they start and, by outcome, when they finish, with their nodes', async () => {
  const collect = registerStockProvider();
  const run = (name: string, nodes: number, ending: 'success' | 'failure' | 'cancellation') => {
    const scope = workflow.run({ name });
    for (let node = 0; node < nodes; node++) scope.node();
    if (ending === 'failure') scope.fail(Object.assign(new Error('gone'), { code: 'ENOENT' }));
    if (ending === 'cancellation') scope.cancel();
    scope.end();
  };
  run('import', 3, 'success');
  run('import', 4, 'success');
  run('import', 2, 'failure');
  run('export', 0, 'cancellation');
  const open = workflow.run({ name: 'export' });

  const collected = await collect();
  const imported = { 'workflow.name': 'import', 'workflow.outcome': 'success' };
  const failed = { 'workflow.name': 'import', 'workflow.outcome': 'failure', 'error.type': 'ENOENT' };
  const cancelled = { 'workflow.name': 'export', 'workflow.outcome': 'cancellation' };
  assert.deepEqual(collected.sums('workflow.run.started'), [
    [{ 'workflow.name': 'import' }, 3],
    [{ 'workflow.name': 'export' }, 2],
  ]);
  assert.deepEqual(collected.sums('workflow.run.active'), [
    [{ 'workflow.name': 'import' }, 0],
    [{ 'workflow.name': 'export' }, 1],
  ]);
  assert.deepEqual(collected.sums('workflow.run.finished'), [
    [imported, 2],
    [failed, 1],
    [cancelled, 1],
  ]);
  assert.deepEqual(collected.histograms('workflow.run.nodes'), [
    [imported, { count: 2, sum: 7 }],
    [failed, { count: 1, sum: 2 }],
    [cancelled, { count: 1, sum: 0 }],
  ]);
  assert.deepEqual(
    collected.histograms('workflow.run.duration').map(([attributes, { count }]) => [attributes, count]),
    [
      [imported, 2],
      [failed, 1],
      [cancelled, 1],
    ],
  );
  open.end();
});

test('a run that was cancelled is cancelled although its callback then throws', async () => {
  const collect = registerStockProvider();
  const run = workflow.run({ name: 'import' }, async (scope) => {
    scope.cancel();
    throw new DOMException('stopped', 'AbortError');
  });
  await assert.rejects(run, { name: 'AbortError' });
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [
    [{ 'workflow.name': 'import', 'workflow.outcome': 'cancellation' }, 1],
  ]);
});

test('units are those of the descriptions', async () => {
  const collect = registerStockProvider();
  workflow.run({ name: 'import' }, (run) => run.node());
  const collected = await collect();
  assert.deepEqual(
    ['started', 'finished', 'active', 'duration', 'nodes'].map(
      (name) => collected.metric(`workflow.run.${name}`).descriptor.unit,
    ),
    ['{run}', '{run}', '{run}', 's', '{node}'],
  );
});
