import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { value } from '../harness/samples.ts';
import { DOOR } from '../harness/service.ts';
import { startStallingService } from '../harness/stalling-service.ts';

test('a stall is reported with its function, in /stalls, in the log and as a counter', async (t) => {
  const { service, block, lastStall } = await startStallingService(t);
  assert.equal(await block('/loop'), 'done');
  const { thread, cause, stack, routes } = await lastStall();
  assert.equal(thread, 'main');
  assert.deepEqual(
    [cause?.function, cause?.file, cause?.isNative],
    ['sumUp', 'test/e2e/fixtures/stalls.mjs', false],
  );
  assert.ok(cause !== undefined && cause.line > 0);
  assert.equal(stack?.[0]?.function, 'sumUp');
  assert.deepEqual(routes, [{ method: 'GET', route: '' }]);
  await service.line(
    /main thread stood still for [\d.]+ s in sumUp \(test\/e2e\/fixtures\/stalls\.mjs:\d+\)/,
  );
  const { samples } = await service.scrape();
  const counted = samples.filter(({ name }) => name === 'pitot_stall_causes_total');
  assert.deepEqual(
    counted.map(({ labels, value: stalls }) => [labels.code_function_name, labels.code_file_path, stalls]),
    [['sumUp', 'test/e2e/fixtures/stalls.mjs', 1]],
  );
  assert.doesNotMatch(service.stderr, /debugger/i);
});

const REFUSED = [
  ['the setting is off', [], { PITOT_STALL_CAUSES: 'false' }, /PITOT_STALL_CAUSES/],
  ['a debugger may be attached', ['--inspect=127.0.0.1:0'], {}, /debugger or a profiler/],
  [
    'the permission model forbids it',
    ['--permission', '--allow-fs-read=*', '--allow-worker'],
    {},
    /permission model/,
  ],
] as const;

for (const [what, nodeArgs, env, reason] of REFUSED) {
  test(`a stall is counted and not examined while ${what}`, async (t) => {
    const options = { nodeArgs: [...nodeArgs, ...DOOR], env };
    const { service, block, report, lastStall } = await startStallingService(t, options);
    assert.equal(await block('/loop'), 'done');
    assert.match((await lastStall()).unexplained ?? '', reason);
    assert.match((await report()).notExamined ?? '', reason);
    const { samples } = await service.scrape();
    assert.ok(value(samples, 'nodejs_eventloop_stalls_total') >= 1);
  });
}

test('stalls are behind the same authentication as the metrics', async (t) => {
  const file = join(tmpdir(), `pitot-tokens-${process.pid}`);
  await writeFile(file, 'secret-token-secret-token\n', { mode: 0o600 });
  const { service } = await startStallingService(t, { env: { PITOT_BEARER_TOKEN_FILE: file } });
  const url = new URL('/stalls', await service.endpoint());
  assert.equal((await fetch(url)).status, 401);
  const headers = { authorization: 'Bearer secret-token-secret-token' };
  assert.equal((await fetch(url, { headers })).status, 200);
});
