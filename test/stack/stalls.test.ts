import assert from 'node:assert/strict';
import { test } from 'node:test';
import { value } from '../harness/samples.ts';
import { startStallingService } from '../harness/stalling-service.ts';

/** The user's view of each way to block an event loop. */
const WAYS = [
  { way: '/json', name: 'parseRows', isNative: true },
  { way: '/regexp', name: 'checkName', calling: 'RegExp.test', isNative: false },
  { way: '/files', name: 'readReports', calling: 'readFileSync', isNative: false },
  { way: '/crypto', name: 'hashPassword', calling: 'pbkdf2Sync', isNative: true },
  { way: '/loop', name: 'sumUp', isNative: false },
] as const;

for (const { way, name, isNative, ...expected } of WAYS) {
  test(`a stall by ${way} is reported with the function ${name}`, async (t) => {
    const { block, lastStall } = await startStallingService(t);
    assert.equal(await block(way), 'done');
    const { cause } = await lastStall();
    assert.deepEqual([cause?.function, cause?.isNative], [name, isNative]);
    if ('calling' in expected) assert.equal(cause?.calling, expected.calling);
  });
}

test('a stall of a worker thread is reported with its function', async (t) => {
  const { block, lastStall } = await startStallingService(t);
  await block('/worker');
  const { thread, cause } = await lastStall();
  assert.match(thread, /^worker \d+$/);
  assert.deepEqual([cause?.function, cause?.file], ['compressImage', 'test/e2e/fixtures/stalls-worker.mjs']);
});

test('a process that ends in a stall keeps its exit code and writes nothing more', async (t) => {
  const { service, block } = await startStallingService(t);
  await assert.rejects(block('/exit'));
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  assert.equal(service.stderr.trim().split('\n').length, 1, service.stderr);
});

test('a debugger that is opened later stops the examination', async (t) => {
  const { service, block, lastStall } = await startStallingService(t);
  service.signal('SIGUSR1');
  await service.line(/Debugger listening/);
  await block('/loop');
  assert.match((await lastStall()).unexplained ?? '', /debugger/);
});

test('of four stalls within ten seconds three are examined, and all are counted', async (t) => {
  const { service, block, report, lastStall } = await startStallingService(t);
  for (let i = 0; i < 3; i++) {
    await block('/short');
    assert.equal((await lastStall()).cause?.function, 'sumUp');
  }
  await block('/short');
  assert.match((await lastStall()).unexplained ?? '', /3 stalls in 10 seconds/);
  assert.equal((await report()).stalls.length, 4);
  assert.equal(value((await service.scrape()).samples, 'pitot_stall_causes_total'), 3);
});

test('a stall that begins soon after others is examined if it still lasts ten seconds after the first', async (t) => {
  const { block, report, lastStall } = await startStallingService(t);
  for (let i = 0; i < 3; i++) {
    await block('/short');
    await lastStall();
  }
  await block('/long');
  assert.equal((await lastStall()).cause?.function, 'sumUp');
  assert.equal((await report()).stalls.length, 4);
});
