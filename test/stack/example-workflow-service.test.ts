import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import type { TrafficReport } from '../../examples/workflow-service/traffic-report.ts';
import { startChild } from '../harness/child.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { inherited, REPOSITORY, type Service } from '../harness/service.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import {
  compareRows,
  Example,
  emptyPanels,
  holding,
  TRAFFIC_TIMEOUT_MS,
  untilHolding,
  type Values,
} from './helpers/example.ts';

const workflowService = new Example('workflow-service');
const TOKEN = 'token-of-the-test';
const SECOND_MAIN = 'main-prom-client.ts';
const COUNTED = { PORT: '0', TRAFFIC: '500', TRAFFIC_ROUNDS: '2', ADMIN_TOKEN: TOKEN };

/** The report as the traffic prints it. */
type Report = {
  readonly [Name in keyof TrafficReport]: readonly (Readonly<Record<string, string | number | null>> & {
    readonly count: number;
  })[];
};

async function reportOf(service: Pick<Service, 'line'>): Promise<Report> {
  const [, done = ''] = await service.line(/^traffic done: (.*)$/, TRAFFIC_TIMEOUT_MS);
  return JSON.parse(done);
}

async function urlOf(service: Pick<Service, 'line'>): Promise<string> {
  const [, url = ''] = await service.line(/^workflow-service listening on (.*)$/, TRAFFIC_TIMEOUT_MS);
  return url;
}

/** The sums of what the traffic counted, by these of its labels. */
function counts(counted: Report[keyof Report], ...names: string[]): Values {
  const sums: Record<string, number> = {};
  for (const each of counted) {
    const key = names
      .map((name) => each[name])
      .filter((label) => label !== null)
      .join(' ');
    sums[key] = (sums[key] ?? 0) + each.count;
  }
  return sums;
}

/** The expected rows of the first table. */
function expectedOf(report: Report): Record<string, Values> {
  return {
    'Runs by workflow and outcome': counts(report.runs, 'workflow', 'outcome'),
    'Duration of runs': counts(report.runs, 'workflow'),
    'Runs under way': { '': 0 },
    'Nodes per run': counts(report.nodes, 'workflow'),
    'Nodes by type and outcome': counts(report.steps, 'outcome', 'type'),
    Workflows: { '': 3 },
    'Requests by route and status': counts(
      // The path of the middleware that refuses a request stands for the route that it does not reach.
      report.requests.map((each) =>
        each.status === 401 ? { ...each, route: each.route ?? '/admin' } : each,
      ),
      'status',
      'route',
    ),
    'Database operations': {
      ...counts(report.operations, 'collection', 'operation', 'error'),
      // The service makes its tables itself, before there is any traffic.
      'BATCH CREATE TABLE': 1,
    },
    'Live connections': { '': 0 },
    Handshakes: counts(report.connections, 'outcome'),
    Messages: counts(report.messages, 'direction', 'type'),
    'Authentication attempts': counts(report.attempts, 'method', 'outcome', 'error'),
    Sessions: { '': 0 },
    'Sessions that were created': counts(report.sessions, 'team'),
    "Use of the assistant's limit": counts(report.decisions, 'team', 'outcome'),
    'Questions to the model': counts(report.modelCalls, 'error'),
    Tokens: counts(report.tokens, 'type'),
    'Time to the first chunk': counts(report.responses),
    'Errors by type and severity': counts(report.errors, 'severity', 'type'),
    'Event loop': { '': 1 },
    Memory: { '': 1 },
  };
}

/** The expected rows of the second table, where a team records with prom-client's API. */
function expectedOfTeam(report: Report): Record<string, Values> {
  return {
    "The team's runs": counts(report.runs, 'outcome', 'workflow'),
    "The team's duration of runs": counts(report.runs, 'workflow'),
    "The team's runs in progress": { '': 0 },
    "The team's nodes": counts(
      report.steps.filter(({ outcome }) => outcome === 'success'),
      'type',
    ),
    "The team's workflows": { '': 3 },
    // Express does not see the handshakes of WebSockets.
    "The team's duration of requests": counts(
      report.requests.filter(({ status }) => status !== 101 && status !== 400),
      'method',
      'status',
    ),
    "The team's requests in flight": { '': 0 },
    'Default metrics': { '': 1 },
  };
}

/** The second main as it was before: with the one line that imports prom-client. */
async function unmoved(t: TestContext): Promise<string> {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'workflow-service-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(REPOSITORY, 'examples/workflow-service'), folder, { recursive: true });
  const file = join(folder, 'prom-client-metrics.ts');
  const now = (await readFile(file, 'utf8')).split('\n');
  const then = now.map((line) =>
    line.replace("'pitot/prom-client'; // was: 'prom-client'", "'prom-client';"),
  );
  assert.equal(then.filter((line, i) => line !== now[i]).length, 1);
  await writeFile(file, then.join('\n'));
  return join(folder, SECOND_MAIN);
}

/** Families whose values depend on time or on the machine: their lines are compared without values. */
const CHANGING =
  /^((http_request|run)_duration_seconds_(bucket|sum)|process_\w+|nodejs_(?!version)\w+)(?=[ {])/;
/** Families whose series, too, depend on what the runtime happens to do. */
const MOVING = /^nodejs_(gc|active)_\w+[ {]/;

async function textOf(service: Pick<Service, 'line'>): Promise<string[]> {
  await reportOf(service);
  const response = await fetch(`${await urlOf(service)}/metrics`);
  const lines = (await response.text())
    .split('\n')
    .filter((line) => !MOVING.test(line))
    .map((line) => (CHANGING.test(line) ? line.replace(/ \S+$/, '') : line));
  return [String(response.headers.get('content-type')), ...lines];
}

test('the second main serves the same text before and after the one line, with pitot started and without', async (t) => {
  const alone = (main: string) =>
    startChild(t, process.execPath, { args: [main], cwd: REPOSITORY, env: { ...inherited(), ...COUNTED } });
  const expected = await textOf(await alone(await unmoved(t)));
  assert.ok(expected.includes('runs_total{workflow="damaged-archive",outcome="failure"} 2'));
  assert.deepEqual(
    await textOf(await alone(join(REPOSITORY, 'examples/workflow-service', SECOND_MAIN))),
    expected,
  );
  assert.deepEqual(await textOf(await workflowService.start(t, COUNTED, SECOND_MAIN)), expected);
});

describe('the workflow service', { skip: skipWithout('prometheus', 'promtool') }, () => {
  const lifetime = lifetimeOfSuite();

  async function prometheusOf(services: Readonly<Record<string, Service>>): Promise<Prometheus> {
    const scrapeConfigs = await Promise.all(
      Object.entries(services).map(async ([job_name, service]) => ({
        job_name,
        static_configs: [{ targets: [(await service.endpoint()).host] }],
      })),
    );
    return startPrometheus(lifetime, { scrapeConfigs });
  }

  test('has the numbers of its traffic in every row of its table', async () => {
    const service = await workflowService.start(lifetime, COUNTED);
    const expected = expectedOf(await reportOf(service));
    const rows = [...workflowService.rows()].filter(([what]) => what in expected);
    await compareRows(await prometheusOf({ service }), new Map(rows), expected);
  });

  test('has the numbers in the rows of both tables with its second main', async () => {
    const service = await workflowService.start(lifetime, COUNTED, SECOND_MAIN);
    const report = await reportOf(service);
    await compareRows(await prometheusOf({ service }), workflowService.rows(), {
      ...expectedOf(report),
      ...expectedOfTeam(report),
    });
  });

  describe('while its traffic goes on, with its second main', () => {
    let live: Prometheus;
    let idle: string;

    before(async () => {
      const start = (traffic: string) =>
        workflowService.start(
          lifetime,
          { ...COUNTED, TRAFFIC: traffic, TRAFFIC_ROUNDS: 'Infinity' },
          SECOND_MAIN,
        );
      const [busy, quiet] = [await start('100'), await start('off')];
      idle = await urlOf(quiet);
      live = await prometheusOf({ 'workflow-service': busy, idle: quiet });
    });

    /** Posts to the idle service; the body of its answer. */
    async function post(path: string, body: object, session = ''): Promise<string> {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${session}` };
      const response = await fetch(idle + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return response.text();
    }

    test('has data in every panel of its dashboard', async () => {
      assert.deepEqual(await emptyPanels(live, workflowService.dashboard()), []);
    });

    test('has alerts whose timing promtool confirms', () => {
      promtool('today', 'test', 'rules', '../examples/workflow-service/alerts.test.yml');
    });

    test('raises each alert in the failure that it is for, and none while it works', async () => {
      const alerts = workflowService.alerts();
      const run = () => post('/orgs/acme/runs', { workflow: 'damaged-archive' });
      const ask = async () => {
        const { id } = JSON.parse(await post('/sessions', { user: 'ada', password: 'analytical' }));
        await post('/assistant', { question: 'please overload' }, id);
      };
      const guess = () => post('/sessions', { user: 'nobody', password: 'guess' });
      const both = ['WorkflowServiceRunsFail', 'RunsFail'];
      await untilHolding(live, alerts, 'idle', both, run);
      const three = ['WorkflowServiceRunsFail', 'WorkflowServiceModelFails', 'RunsFail'];
      await untilHolding(live, alerts, 'idle', three, ask);
      const fail = () => Promise.all(Array.from({ length: 20 }, guess));
      await untilHolding(live, alerts, 'idle', [...alerts.keys()], fail);
      assert.deepEqual(await holding(live, alerts, 'workflow-service'), []);
    });
  });
});
