import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type DashboardFile, panelsOf } from '../grafana/helpers/dashboard-files.ts';
import { selectorsOf } from '../grafana/helpers/selectors.ts';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { installPacked } from '../harness/packed-tarball.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { inherited } from '../harness/service.ts';
import { until } from '../harness/until.ts';

const APP = `
const express = require('express');
const app = express();
app.get('/hello/:name', (request, response) => response.send('Hello ' + request.params.name));
app.get('/fail', () => { throw new Error('on purpose'); });
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  console.log('listens on ' + port);
  const ask = (path) => fetch('http://127.0.0.1:' + port + path).then((answer) => answer.text());
  setInterval(() => void Promise.all([ask('/hello/world'), ask('/fail'), ask('/none')]), 100);
});
`;

/** One metric of such a project for each dashboard that must show data. */
const EXPECTED: Readonly<Record<string, string>> = {
  'pitot-service-overview.json': 'http_server_request_duration_seconds_count',
  'pitot-node-runtime.json': 'v8js_memory_heap_used_bytes',
  'pitot-itself.json': 'pitot_scrapes_total',
  'pitot-otel-collector.json': 'otelcol_process_uptime',
};

/** As Grafana has its variables where nothing is chosen. */
const VARIABLES: Readonly<Record<string, string>> = {
  job: '.+',
  instance: '.+',
  __rate_interval: '10s',
  __range: '1h',
  __interval: '10s',
};

interface Report {
  readonly files: readonly { readonly path: string }[];
  readonly next: readonly { readonly command: string }[];
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

test('pitot init in an empty project, and the commands it prints, give a scraped and graphed service', {
  skip: skipWithout('prometheus', 'alertmanager', 'pitot-collector'),
}, async (t) => {
  const project = await installPacked(t, ['express@5.3.0']);
  await writeFile(join(project, 'app.cjs'), APP);
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ ...JSON.parse(await readFile(join(project, 'package.json'), 'utf8')), main: 'app.cjs' }),
  );
  const port = await freePort();
  const init = ['pitot', 'init', '--service', 'shop', '--port', String(port), '--json'];
  const { stdout } = await promisify(execFile)('npx', init, { cwd: project, env: environment() });
  const { files, next }: Report = JSON.parse(stdout);
  assert.ok(files.some(({ path }) => path === 'deploy/compose.yaml'));
  const command = (pattern: RegExp) => {
    const found = next.find((step) => pattern.test(step.command))?.command;
    assert.ok(found !== undefined, `no command like ${pattern}`);
    return found;
  };
  const run = (line: string, env: Readonly<Record<string, string>> = {}) =>
    startChild(t, 'sh', { args: ['-c', `exec ${line}`], cwd: project, env: { ...environment(), ...env } });

  const check = await run(`env ${command(/npx pitot check$/)}`);
  assert.deepEqual(await check.ended(60_000), { code: 0, signal: null }, check.stdout);

  const service = await run(command(/^node /));
  await service.line(new RegExp(`shop · http://localhost:${port}/metrics`));

  // On a machine that runs the tests, ports that programs usually have may be taken.
  const ports = {
    9090: await freePort(),
    9093: await freePort(),
    8888: await freePort(),
    8889: await freePort(),
  };
  await adapt(join(project, 'prometheus/prometheus.yml'), ports);

  const alertmanager = await run(
    command(/^alertmanager /).replace('alertmanager', program('alertmanager')) +
      ` --storage.path=.data/alertmanager --web.listen-address=127.0.0.1:${ports[9093]} --cluster.listen-address=`,
  );
  await alertmanager.line(/Listening/);

  const collector = await run(command(/^otelcol/).replace(/^\S+/, program('pitot-collector')), {
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${await freePort()}`,
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${await freePort()}`,
    PROMETHEUS_EXPORTER_ENDPOINT: `127.0.0.1:${ports[8889]}`,
    HEALTH_ENDPOINT: `127.0.0.1:${await freePort()}`,
    TELEMETRY_HOST: '127.0.0.1',
    TELEMETRY_PORT: String(ports[8888]),
  });
  await collector.line(/Everything is ready/);

  const prometheus = await run(
    command(/^prometheus /).replace('prometheus', program('prometheus')) +
      ` --storage.tsdb.path=.data/prometheus --web.listen-address=127.0.0.1:${ports[9090]}`,
  );
  await prometheus.line(/Server is ready to receive web requests/);
  const query = (promql: string) => ask(`http://127.0.0.1:${ports[9090]}`, promql);

  for (const job of ['shop', 'otel-collector', 'through-otel-collector', 'prometheus', 'alertmanager']) {
    await until(async () => ((await query(`up{job="${job}"} == 1`)).length > 0 ? true : undefined), {
      what: `a scrape of ${job}`,
      timeout: 60_000,
      instead: async () => JSON.stringify(await query('up')),
    });
  }
  const discovered = await query('prometheus_notifications_alertmanagers_discovered == 1');
  assert.equal(discovered.length, 1);

  for (const path of files
    .map((file) => file.path)
    .filter((path) => path.startsWith('grafana/dashboards/'))) {
    const dashboard: DashboardFile = JSON.parse(await readFile(join(project, path), 'utf8'));
    const answered = await answersOf(dashboard, query);
    const expected = EXPECTED[basename(path)];
    if (expected !== undefined) assert.ok(answered.has(expected), `${path} shows no ${expected}`);
  }
});

/**
 * Runs every query of a dashboard, and finds data for each query whose metrics all exist.
 *
 * @returns the names of the metrics that were shown
 */
async function answersOf(
  dashboard: DashboardFile,
  query: (promql: string) => Promise<readonly Sample[]>,
): Promise<Set<string>> {
  const shown = new Set<string>();
  for (const { expr } of panelsOf(dashboard).flatMap(({ targets }) => targets)) {
    const promql = expr.replace(/\$(\w+)/g, (variable, name: string) => {
      const value = VARIABLES[name];
      assert.ok(value !== undefined, `${variable} is not known`);
      return value;
    });
    await query(promql);
    const selectors = selectorsOf(promql);
    // A histogram is read in each of its forms, and the service has one of them.
    const present = new Map<string, boolean>();
    for (const { metric, matchers } of selectors) {
      const key = `${metric.replace(/_(bucket|count|sum)$/, '')}{${matchers}}`;
      const found = (await query(`${metric}{${matchers}}`)).length > 0;
      present.set(key, found || present.get(key) === true);
    }
    if (present.size === 0 || [...present.values()].includes(false)) continue;
    await until(async () => ((await query(promql)).length > 0 ? true : undefined), {
      what: `data for ${promql}`,
      timeout: 60_000,
    });
    for (const { metric } of selectors) shown.add(metric);
  }
  return shown;
}

/** That of a user: the Node.js of this process comes first. */
function environment(): NodeJS.ProcessEnv {
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { ...inherited(), PATH: path };
}

/** Ports as they are here, and scrapes that a test can wait for. */
async function adapt(file: string, ports: Readonly<Record<string, number>>): Promise<void> {
  const text = await readFile(file, 'utf8');
  const own = text
    .replace(/(?<=localhost:)(\d+)/g, (port) => String(ports[port] ?? port))
    .replace(/(scrape_interval|scrape_timeout|evaluation_interval): \d+s/g, '$1: 1s');
  await writeFile(file, own);
}

async function ask(address: string, promql: string): Promise<readonly Sample[]> {
  const response = await fetch(`${address}/api/v1/query?${new URLSearchParams({ query: promql })}`);
  const answer = (await response.json()) as {
    readonly status: string;
    readonly error?: string;
    readonly data?: { readonly result: readonly Sample[] };
  };
  assert.equal(answer.status, 'success', `${promql}: ${answer.error}`);
  return answer.data?.result ?? [];
}
