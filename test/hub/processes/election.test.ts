import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startService } from '../../harness/service.ts';

test('of processes that start at the same moment without a port, exactly one leads', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-election-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const env = {
    OTEL_EXPORTER_PROMETHEUS_PORT: 'none',
    OTEL_SERVICE_NAME: folder,
    XDG_RUNTIME_DIR: folder,
  };
  const args = ['test/app/route/fixtures/own-port.mjs'];
  const services = await Promise.all([1, 2, 3, 4].map(() => startService(t, { args, env })));
  const leaders = await Promise.all(
    services.map(async (service) => {
      const [, , leader] = await service.line(/no port, served by .* route( \(served by process (\d+)\))?/);
      return Number(leader ?? service.pid);
    }),
  );
  assert.equal(new Set(leaders).size, 1, leaders.join(' '));
});
