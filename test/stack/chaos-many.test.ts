import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Discovery } from '../../src/channel/discovery/discovery.ts';
import { value } from '../harness/samples.ts';
import { PATIENT, REPOSITORY } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { type App, createFleet, type Fleet, joined, sumOf } from '../hub/processes/helpers/fleet.ts';

/** The package as built: loading the sources takes ten times as long, and there are many loads here. */
const BUILT = ['--import', pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href];
const RESTARTS = 200;
const WORKERS = 60;

before(() => {
  if (!existsSync(join(REPOSITORY, 'dist/instrumentation.js'))) {
    execFileSync('npm', ['run', 'build'], { cwd: REPOSITORY, stdio: 'ignore' });
  }
});

test(`${RESTARTS} quick restarts lose no count, leave no socket, and cost the leader no memory`, async (t) => {
  const fleet = await createFleet(t);
  const leader = await joined(await fleet.start({ nodeArgs: BUILT }));
  const program =
    "require('@opentelemetry/api').metrics.getMeter('app').createCounter('jobs').add(1, { kind: 'a' })";
  const restart = async (times: number) => {
    for (let i = 0; i < times; i += 4) {
      const apps = await Promise.all(
        Array.from({ length: 4 }, () =>
          fleet.start({ nodeArgs: BUILT, args: ['-e', program], env: PATIENT }),
        ),
      );
      for (const app of apps) assert.deepEqual(await app.ended(60_000), { code: 0, signal: null });
    }
  };
  await restart(40);
  await fleet.scrape();
  const start = await memoryOf(leader);
  await restart(RESTARTS - 40);
  const samples = await fleet.scrape();
  assert.equal(sumOf(samples, 'jobs_total', { kind: 'a' }), RESTARTS);
  assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'ended' }), RESTARTS);
  const growth = (await memoryOf(leader)) - start;
  t.diagnostic(`the leader grew by ${(growth / 2 ** 20).toFixed(1)} MiB over ${RESTARTS - 40} restarts`);
  assert.ok(growth < 64 * 2 ** 20, `${growth} bytes`);
  for (const files of await filesOf(fleet)) assert.equal(files.length, 1, files.join());
});

test(`a cluster of ${WORKERS} workers is one endpoint with the counts of all`, {
  timeout: 240_000,
}, async (t) => {
  const fleet = await createFleet(t);
  const args = ['test/hub/processes/programs/cluster.mjs', String(WORKERS)];
  const app = await fleet.start({ nodeArgs: BUILT, args });
  const [, port] = await app.line(/^listening on (\d+)$/, 120_000);
  await until(
    async () => {
      const samples = await fleet.scrape().catch(() => []);
      return value(samples, 'pitot_processes', { pitot_process_state: 'live' }) === WORKERS + 1 || undefined;
    },
    { what: 'all workers', timeout: 60_000 },
  );
  for (let i = 0; i < 5 * WORKERS; i++) {
    await (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text();
  }
  // With 122 threads on few processors a scrape does not wait for every worker: its last report counts until the next.
  const counted = await until(
    async () => {
      const samples = await fleet.scrape().catch(() => []);
      const sum = sumOf(samples, 'jobs_total', { kind: 'a' });
      return sum >= 5 * WORKERS ? sum : undefined;
    },
    { what: 'all jobs', timeout: 60_000 },
  );
  assert.equal(counted, 5 * WORKERS);
});

test('a leader, a replica and another follower that are stopped for a while each lose no count and give none twice', async (t) => {
  const fleet = await createFleet(t);
  const apps: App[] = [];
  for (let i = 0; i < 4; i++) apps.push(await joined(await fleet.start({ nodeArgs: BUILT })));
  let asked = 0;
  for (const stopped of apps) {
    stopped.signal('SIGSTOP');
    const others = apps.filter((app) => app !== stopped);
    for (let i = 0; i < 200; i++) {
      await others[i % others.length]?.ask('/add?n=1');
      asked++;
    }
    if (stopped !== apps[0]) {
      const samples = await fleet.scrape();
      assert.equal(sumOf(samples, 'jobs_total', { kind: 'a' }), asked);
      assert.equal(value(samples, 'pitot_processes', { pitot_process_state: 'stale' }), 1);
    }
    stopped.signal('SIGCONT');
    await until(
      async () => {
        const samples = await fleet.scrape();
        return (
          value(samples, 'pitot_processes', { pitot_process_state: 'live' }) === apps.length || undefined
        );
      },
      { what: 'all processes to be live again' },
    );
    assert.equal(sumOf(await fleet.scrape(), 'jobs_total', { kind: 'a' }), asked);
  }
});

/** Bytes of physical memory. */
async function memoryOf({ pid }: App): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The files of this endpoint in each directory where its processes meet. */
function filesOf({ port, env }: Fleet): Promise<string[][]> {
  const { directories, name } = new Discovery({ host: 'localhost', port, env, platform: process.platform });
  return Promise.all(
    directories.map(async (directory) => (await readdir(directory)).filter((file) => file.startsWith(name))),
  );
}
