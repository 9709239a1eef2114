import assert from 'node:assert/strict';
import { test } from 'node:test';
import { value } from '../harness/samples.ts';
import { startStallingService } from '../harness/stalling-service.ts';
import { until } from '../harness/until.ts';

test('stalls and their counters survive a hub that dies, also one that dies while it examines a stall', async (t) => {
  const { service, block, report, lastStall } = await startStallingService(t, {
    nodeArgs: [],
    args: ['test/e2e/fixtures/stalls-hub-dies.mjs'],
    env: { PITOT_STALL_THRESHOLD: '1000' },
  });
  const anotherHub = async (path: string) => {
    const restarts = () => service.stderr.match(/the hub is started again/g)?.length ?? 0;
    const before = restarts();
    assert.equal(await block(path), 'done');
    await until(() => restarts() > before, { what: 'the end of the hub' });
    await until(() => report().catch(() => undefined), { what: 'the next hub' });
  };
  const counted = async () => {
    const { samples } = await service.scrape();
    const all = (name: string) =>
      samples.filter((sample) => sample.name === name).reduce((sum, sample) => sum + sample.value, 0);
    return { stalls: all('nodejs_eventloop_stalls_total'), causes: all('pitot_stall_causes_total') };
  };

  await anotherHub('/amid');
  const amid = await lastStall();
  assert.match(amid.unexplained ?? '', /own thread ended and was started again/);
  assert.ok(amid.seconds > 2, `it lasted 3 s: ${amid.seconds}`);
  assert.deepEqual(await counted(), { stalls: 1, causes: 0 });

  await block('/loop');
  assert.equal((await lastStall()).cause?.function, 'sumUp');
  const before = await report();
  const { samples } = await service.scrape();
  await anotherHub('/kill');
  assert.deepEqual((await report()).stalls, before.stalls);
  assert.deepEqual(await counted(), { stalls: 2, causes: 1 });
  const after = (await service.scrape()).samples;
  for (const name of ['nodejs_eventloop_stall_time_seconds_total', 'pitot_stall_cause_time_seconds_total']) {
    assert.equal(value(after, name, { thread_name: 'main' }), value(samples, name, { thread_name: 'main' }));
  }
});
