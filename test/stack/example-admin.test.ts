import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Report } from '../../examples/admin/traffic.ts';
import { type Alertmanager, startAlertmanager } from '../harness/alertmanager.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { freePort } from '../harness/free-port.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { startPostgres } from '../harness/postgres.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startRedis } from '../harness/redis.ts';
import { REPOSITORY, type Service } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import {
  compareRows,
  Example,
  emptyPanels,
  holding,
  TRAFFIC_TIMEOUT_MS,
  untilHolding,
} from './helpers/example.ts';

const admin = new Example('admin');
const ROUNDS = 3;

describe('the admin backend', {
  skip: skipWithout('prometheus', 'promtool', 'alertmanager', 'postgres', 'redis-server'),
}, () => {
  const lifetime = lifetimeOfSuite();
  let report: Report;
  let ended: Prometheus;
  let live: Prometheus;
  let url: string;
  let postgres: DatabaseServer;
  let redis: DatabaseServer;
  let alertmanager: Alertmanager;

  before(async () => {
    const counted = await startPostgres(lifetime);
    redis = await startRedis(lifetime);
    const finished = await start({
      ...urlsOf(counted),
      OBSERVE_EVERY: '200',
      TRAFFIC: '100',
      TRAFFIC_ROUNDS: String(ROUNDS),
    });
    const [, done = ''] = await finished.service.line(/^traffic done: (.*)$/, TRAFFIC_TIMEOUT_MS);
    report = JSON.parse(done);
    ended = await startPrometheus(lifetime, { scrapeConfigs: [finished.target] });
    // Redis is shared, and each service has a database of its own: their accounts must not be mixed up.
    await redis.kill();
    await redis.start();
    postgres = await startPostgres(lifetime);
    const busy = await start({ ...urlsOf(postgres), OBSERVE_EVERY: '200', TRAFFIC: '300' });
    [, url = ''] = await busy.service.line(/^admin listening on (.*)$/, TRAFFIC_TIMEOUT_MS);
    alertmanager = await startAlertmanager(lifetime, 'today');
    live = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [busy.target],
      config: {
        rule_files: [impatientRules()],
        alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
      },
    });
    await live.scraped('admin');
  });

  function urlsOf({ port }: DatabaseServer) {
    return {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    };
  }

  async function start(env: Readonly<Record<string, string>>) {
    const port = String(await freePort());
    const service: Service = await admin.start(lifetime, {
      PORT: '0',
      OTEL_EXPORTER_PROMETHEUS_PORT: port,
      ...env,
    });
    const target = { job_name: 'admin', static_configs: [{ targets: [`127.0.0.1:${port}`] }] };
    return { service, target };
  }

  /** The rules, which here wait for seconds instead of minutes. */
  function impatientRules(): string {
    const folder = mkdtempSync(join(tmpdir(), 'pitot-rules-'));
    lifetime.after(() => rmSync(folder, { recursive: true }));
    const rules = readFileSync(join(REPOSITORY, 'examples/admin/alerts.yml'), 'utf8');
    const file = join(folder, 'alerts.yml');
    writeFileSync(file, rules.replaceAll(/for: \d+m/g, 'for: 3s'));
    return file;
  }

  test('has the numbers of its traffic in every row of its table', async () => {
    const { requests, bytesSent, bytesReceived } = report;
    const all = Object.values(requests).reduce((total, count) => total + count, 0);
    const disk = await statfs('.');
    // Each round has four clients; each of them has an account that it reads and a script that it uploads.
    const clients = ROUNDS * 4;
    await compareRows(ended, admin.rows(), {
      'Requests by route and status': requests,
      'Duration of requests': { '': all },
      'Size of requests': { '': bytesSent },
      'Size of responses': { '': bytesReceived },
      'Requests in progress': { '': 0 },
      'Database queries by operation and table': {
        'accounts INSERT': clients,
        'accounts UPDATE': clients / 2,
        'scripts INSERT': clients,
        'tasks INSERT': clients * 2 + ROUNDS,
        'tasks UPDATE': clients * 2 + ROUNDS,
        'tasks DELETE': clients,
      },
      'Duration of queries': { '': clients * 4 + ROUNDS },
      'Size of the pools': { '': 20 },
      'Database connections': { '': 1 },
      'Redis connected': { connected: 1 },
      'Redis operations': { GET: clients * 3, SET: clients, DEL: clients / 2 },
      Processors: { '': cpus().length },
      'CPU in percent': { '': 1 },
      'Memory in bytes': { '': totalmem() },
      'Memory in percent': { '': 1 },
      'Disk in bytes': { '': disk.blocks * disk.bsize },
      'Disk in percent': { '': 1 },
      'Accounts by status': { active: clients / 2, blocked: clients / 2 },
      Schemes: { '': 2 },
      Scripts: { '': clients },
      'Tasks by status': { done: clients * 2, failed: ROUNDS },
      'Age of these numbers': { '': 1 },
      'Task executions': { 'clean-up success': clients, 'report success': clients, 'report failure': ROUNDS },
      Uploads: { '': clients },
      'Bytes of uploads': { '': clients * 20_000 },
      Errors: { '': 0 },
      'Several processes': { live: 5, stale: 0, ended: 0 },
    });
  });

  test('works without a database server and without Redis', async () => {
    const { service, target } = await start({ OBSERVE_EVERY: '200', TRAFFIC: '100', TRAFFIC_ROUNDS: '1' });
    const [, done = ''] = await service.line(/^traffic done: (.*)$/, TRAFFIC_TIMEOUT_MS);
    const prometheus = await startPrometheus(lifetime, { scrapeConfigs: [target] });
    const { requests }: Report = JSON.parse(done);
    const some = new Map([...admin.rows()].filter(([what]) => /^(Requests by|Accounts|Tasks)/.test(what)));
    await compareRows(prometheus, some, {
      'Requests by route and status': requests,
      'Accounts by status': { active: 2, blocked: 2 },
      'Tasks by status': { done: 8, failed: 1 },
    });
    service.signal('SIGTERM');
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
  });

  test('has data in every panel of its dashboard', async () => {
    assert.deepEqual(await emptyPanels(live, admin.dashboard()), []);
  });

  test('has alerts whose timing promtool confirms', () => {
    promtool('today', 'test', 'rules', '../examples/admin/alerts.test.yml');
  });

  test('raises each alert in the failure that it is for, and sends the critical ones in three ways', async () => {
    const alerts = admin.alerts();
    assert.deepEqual(await holding(live, alerts, 'admin'), []);
    const failTask = async () => {
      const made = await post('/tasks', { name: 'report' });
      const { id } = (await made.json()) as { id: string };
      await post(`/tasks/${id}/run`, {});
    };
    // More than half of all executions have to fail, also while the traffic goes on with its own, which succeed.
    const failTasks = async () => {
      for (let i = 0; i < 20; i++) await failTask();
    };
    await untilHolding(live, alerts, 'admin', ['AdminTaskFailures'], failTasks);
    await redis.kill();
    await untilHolding(live, alerts, 'admin', ['AdminRedisDisconnected', 'AdminTaskFailures'], failTasks);
    await until(
      () => {
        const { telegrams, webhooks, mails } = alertmanager;
        const all = [telegrams, webhooks, mails].map((sent) => JSON.stringify(sent));
        return all.every((sent) => sent.includes('has lost Redis')) || undefined;
      },
      { what: 'the alert in Telegram, a webhook and a mail', timeout: 30_000 },
    );
    assert.ok(
      alertmanager.webhooks.every(({ alerts }) => alerts.every(({ labels }) => labels.job === 'admin')),
    );
    for (let i = 0; i < 5; i++) await failTasks();
    await postgres.kill();
    const everything = ['AdminFailures', 'AdminRedisDisconnected', 'AdminTaskFailures'];
    await untilHolding(live, alerts, 'admin', everything, async () => {
      for (let id = 1; id <= 20; id++) await (await fetch(`${url}/accounts/${id}`)).text();
      await pause(100);
    });
  });

  function post(path: string, body: object): Promise<Response> {
    return fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }
});
