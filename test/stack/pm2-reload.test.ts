import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../harness/free-port.ts';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { inherited, REPOSITORY } from '../harness/service.ts';
import { until } from '../harness/until.ts';

const APP = join(import.meta.dirname, 'programs/pm2-app.mjs');

for (const mode of ['cluster', 'fork'] as const) {
  test(`the increase that Prometheus sees over a reload by PM2 in ${mode} mode is the number of requests made`, {
    skip: skipWithout('prometheus'),
    timeout: 90_000,
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pitot-pm2-'));
    const [port, appPort] = [await freePort(), await freePort()];
    const env = { ...inherited(), PM2_HOME: join(folder, 'pm2') };
    const pm2 = async (...args: string[]) =>
      promisify(execFile)(process.execPath, [await pm2Path(), ...args], { env, cwd: folder });
    t.after(async () => {
      await pm2('kill');
      await rm(folder, { recursive: true, force: true });
    });
    const config = {
      apps: [
        {
          name: 'shop',
          script: APP,
          exec_mode: mode,
          instances: 3,
          interpreter: mode === 'fork' ? process.execPath : undefined,
          // PM2's 1.6 s are too short for the last values on a busy machine.
          kill_timeout: 20_000,
          node_args: `--import ${join(REPOSITORY, 'src/instrumentation.ts')}`,
          env: {
            OTEL_SERVICE_NAME: 'shop',
            OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
            XDG_RUNTIME_DIR: folder,
            APP_PORT: String(appPort),
          },
        },
      ],
    };
    await writeFile(join(folder, 'ecosystem.config.json'), JSON.stringify(config));
    await pm2('start', 'ecosystem.config.json');
    const ask = async () => {
      // A connection that the primary gives to a process about to leave may never be answered.
      const signal = AbortSignal.timeout(5000);
      const headers = { connection: 'close' };
      const response = await fetch(`http://127.0.0.1:${appPort}/`, { headers, signal });
      assert.equal(await response.text(), 'ok');
    };
    await until(
      () =>
        ask().then(
          () => true,
          () => undefined,
        ),
      { what: 'the application' },
    );
    const prometheus = await startPrometheus(t, {
      scrapeConfigs: [{ job_name: 'shop', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      // A scrape may take as long, which on a busy machine is more than a few milliseconds.
      scrapeInterval: '1s',
    });
    await prometheus.queryUntil('pitot_processes{pitot_process_state="live"} == 3');
    await prometheus.scraped('shop');
    const before = (await prometheus.query('jobs_total'))[0]?.value ?? Number.NaN;

    // PM2 reloads clusters only; in fork mode processes are restarted, here one after the other.
    const restartInTurn = async () => {
      for (const id of [0, 1, 2]) {
        await pm2('restart', String(id));
        await prometheus.queryUntil(`pitot_processes{pitot_process_state="ended"} == ${id + 1}`);
        await prometheus.queryUntil('pitot_processes{pitot_process_state="live"} == 3');
      }
    };
    let requests = 0;
    let isReloading = true;
    const reload = (mode === 'cluster' ? pm2('reload', 'shop') : restartInTurn()).finally(() => {
      isReloading = false;
    });
    while (isReloading) {
      const isAnswered = await ask().then(
        () => true,
        () => false,
      );
      if (isAnswered) requests++;
    }
    await reload;
    await prometheus.queryUntil('pitot_processes{pitot_process_state="ended"} >= 3');
    // Requests of a new process count once its hub has joined the leader.
    await prometheus.queryUntil('pitot_processes{pitot_process_state="live"} == 3');
    await prometheus.scraped('shop');
    assert.ok(requests > 0);
    // A process that is slow to answer the leader is in a later scrape.
    const all = await prometheus.queryUntil('jobs_total', ([jobs]) => jobs?.value === before + requests);
    assert.equal(all.length, 1);
    assert.equal((await prometheus.query('resets(jobs_total[5m])'))[0]?.value, 0);
  });
}

async function pm2Path(): Promise<string> {
  const description = findPackageJSON('pm2', import.meta.url);
  if (description === undefined) throw new Error('pm2 is not installed');
  const { bin }: { bin: Record<string, string> } = JSON.parse(await readFile(description, 'utf8'));
  return join(dirname(description), bin.pm2 ?? '');
}
