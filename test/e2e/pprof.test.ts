import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStallingService } from '../harness/stalling-service.ts';

test('without credentials there are no profiles, and one warning says why', async (t) => {
  const { service } = await startStallingService(t, { env: { PITOT_PPROF: 'true' } });
  const url = new URL('/debug/pprof/profile?seconds=1', await service.endpoint());
  assert.equal((await fetch(url)).status, 404);
  const warnings = service.stderr.split('\n').filter((line) => line.includes('PITOT_PPROF'));
  assert.equal(warnings.length, 1, service.stderr);
});
