import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../harness/service.ts';

const sum = (samples: readonly { readonly value: number }[]) =>
  samples.reduce((total, { value }) => total + value, 0);

test('numbers are exact in a process that deletes Atomics and SharedArrayBuffer and stops the clock', async (t) => {
  const service = await startService(t, { args: ['test/e2e/fixtures/hardened.mjs'] });
  const { samples } = await service.scrape();
  const named = (name: string) => samples.filter((sample) => sample.name === name);
  assert.equal(named('hits_total').length, 1500);
  assert.equal(sum(named('hits_total')), 1500);
  assert.equal(sum(named('took_count')), 3);
  assert.doesNotMatch(service.stderr, /warning:|error:/);
});

test('where these were deleted before pitot was loaded, the application runs and one line says why it is unmeasured', async (t) => {
  const service = await startService(t, {
    nodeArgs: [
      '--import',
      'data:text/javascript,delete globalThis.Atomics',
      '--import',
      './src/instrumentation.ts',
    ],
    args: ['-e', 'console.log("works")'],
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(service.stdout, 'works\n');
  assert.match(service.stderr, /^pitot: SharedArrayBuffer or Atomics was deleted .*\n$/);
});
