import assert from 'node:assert/strict';
import { test } from 'node:test';
import { job } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const NAME = { 'job.name': 'clean-up' };

test('executions are counted by outcome and timed', async () => {
  const collect = registerStockProvider();
  job.execution({ name: 'clean-up' }, () => {});
  await job.execution({ name: 'clean-up' }, async () => {});
  const failing = job.execution({ name: 'clean-up' }, async () => {
    throw new RangeError('too far');
  });
  await assert.rejects(failing, RangeError);
  job.execution({ name: 'clean-up' }, (execution) => execution.cancel());
  const under = job.execution({ name: 'clean-up' });
  const collected = await collect();
  const expected = [
    [{ ...NAME, 'job.outcome': 'success' }, 2],
    [{ ...NAME, 'job.outcome': 'failure', 'error.type': 'RangeError' }, 1],
    [{ ...NAME, 'job.outcome': 'cancellation' }, 1],
  ];
  assert.deepEqual(collected.sums('job.executions'), expected);
  assert.deepEqual(collected.counts('job.execution.duration'), expected);
  assert.deepEqual(collected.sums('job.execution.active'), [[NAME, 1]]);
  under.end();
});

test('the time of the last success stays when an execution fails', async (t) => {
  const collect = registerStockProvider();
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  job.execution({ name: 'clean-up' }, () => {});
  t.mock.timers.setTime(1_700_000_005_500);
  job.execution({ name: 'clean-up' }, () => {});
  t.mock.timers.setTime(1_700_000_009_000);
  job.execution({ name: 'clean-up' }, (execution) => execution.fail('timeout'));
  job.execution({ name: 'clean-up' }, (execution) => execution.cancel());
  t.mock.timers.reset();
  const collected = await collect();
  assert.deepEqual(collected.sums('job.last_success.timestamp'), [[NAME, 1_700_000_005.5]]);
  assert.equal(collected.metric('job.last_success.timestamp').descriptor.unit, 's');
});
