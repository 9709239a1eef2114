/** The additional start time and memory of a process with metrics. See README.md. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/harness/free-port.ts';
import { table, writeResults } from './results.ts';
import { inTurn } from './rounds.ts';
import { beside, MARK, median, type Spread, spreadOf } from './statistics.ts';

const ROUNDS = 7;
/** Milliseconds from the last answer until the memory is read. */
const SETTLING = 1000;
/** The number of requests and scrapes before the second reading of a service's memory. */
const REQUESTS = 4000;
const SCRAPES = 10;
/** Requests at a time. */
const CLIENTS = 8;
const REGISTER = '@opentelemetry/auto-instrumentations-node';
const ELASTIC = '@elastic/opentelemetry-node';
const ELASTIC_APM = 'elastic-apm-node';
const ROOT = join(import.meta.dirname, '..');
const APP = join(import.meta.dirname, 'boot-app.cjs');

interface Contestant {
  readonly name: string;
  /** The argument of `--import`, and the folder that resolves it. */
  readonly door?: string;
  readonly from: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it only sends its metrics. */
  readonly isPushing?: boolean;
}

/** Only metrics, and no queries for the metadata servers of clouds. */
const METRICS_ONLY = {
  OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process',
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'prometheus',
};

const BARE: Contestant = { name: 'bare Node.js', from: ROOT };
const PITOT: Contestant = { name: 'pitot', door: 'pitot/instrumentation', from: ROOT };
const CONTESTANTS: readonly Contestant[] = [
  BARE,
  PITOT,
  { name: 'stock wiring', door: './boot-stock.mjs', from: import.meta.dirname },
  {
    name: 'auto-instrumentations-node/register',
    door: `${REGISTER}/register`,
    from: import.meta.dirname,
    env: METRICS_ONLY,
  },
  {
    name: 'EDOT Node.js',
    door: ELASTIC,
    from: import.meta.dirname,
    env: METRICS_ONLY,
  },
  {
    name: 'elastic-apm-node, nothing sampled',
    door: `${ELASTIC_APM}/start.js`,
    from: import.meta.dirname,
    env: {
      ELASTIC_APM_DISABLE_SEND: 'true',
      ELASTIC_APM_TRANSACTION_SAMPLE_RATE: '0',
      ELASTIC_APM_CENTRAL_CONFIG: 'false',
      ELASTIC_APM_CLOUD_PROVIDER: 'none',
      ELASTIC_APM_LOG_LEVEL: 'off',
    },
    isPushing: true,
  },
];

/** Of one start, in milliseconds, and in MiB. */
interface Start {
  readonly firstLine: number;
  readonly firstLineCpu: number;
  readonly listening: number;
  readonly listeningCpu: number;
  readonly memory: number;
  readonly memoryAfter: number;
}

async function start({ door, from, env, isPushing = false }: Contestant): Promise<Start> {
  const port = await freePort();
  const child = spawn(process.execPath, [...(door === undefined ? [] : ['--import', door]), APP], {
    cwd: from,
    // The official packages write to standard error at every start.
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: 'bench',
      OTEL_LOG_LEVEL: 'ERROR',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      ...env,
    },
  });
  try {
    const [line]: string[] = await once(createInterface(child.stdout), 'line');
    const { port: own, ...times }: Omit<Start, 'memory' | 'memoryAfter'> & { port: number } = JSON.parse(
      line ?? '',
    );
    const service = `http://127.0.0.1:${own}/memory`;
    const metrics = `http://127.0.0.1:${port}/metrics`;
    const isScraped = door !== undefined && !isPushing;
    if (isScraped) await scraped(metrics);
    const memory = await memoryOf(service);
    await Promise.all(Array.from({ length: CLIENTS }, () => ask(service, REQUESTS / CLIENTS)));
    if (isScraped) await ask(metrics, SCRAPES);
    return { ...times, memory, memoryAfter: await memoryOf(service) };
  } finally {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  }
}

/** The resident set of an idle service, in MiB. */
async function memoryOf(service: string): Promise<number> {
  await pause(SETTLING);
  return Number(await (await fetch(service)).text()) / 2 ** 20;
}

async function ask(url: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const response = await fetch(url);
    await response.text();
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  }
}

/** Waits until the endpoint has answered. */
async function scraped(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url);
      const body = await response.text();
      if (!response.ok) throw new Error(`${response.status}: ${body}`);
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(50);
    }
  }
}

// The first round only warms the disk cache.
for (const contestant of CONTESTANTS) await start(contestant);
const starts = await inTurn(CONTESTANTS, ROUNDS, start);

/** What metrics add to the bare process of the same round. */
function added(contestant: Contestant, figure: keyof Start): Spread {
  const bare = starts.get(BARE) ?? [];
  return spreadOf(
    (starts.get(contestant) ?? []).map((one, round) => one[figure] - (bare[round]?.[figure] ?? Number.NaN)),
  );
}
const FIGURES = ['firstLine', 'listening', 'listeningCpu', 'memory', 'memoryAfter'] as const;
const rows = CONTESTANTS.map((contestant) => [
  contestant.name,
  ...FIGURES.map((figure) => {
    if (contestant === BARE) return median((starts.get(BARE) ?? []).map((one) => one[figure])).toFixed(0);
    const pitot = added(PITOT, figure);
    return `+${beside(pitot, contestant === PITOT ? pitot : added(contestant, figure))}`;
  }),
]);
const header = [
  '',
  'until the first line, ms',
  'until it listens, ms',
  "the thread's processor time, ms",
  'memory, MiB',
  `memory after ${REQUESTS} requests, MiB`,
];
writeResults('boot', `${table(header, rows)}\n\n${MARK}`, [
  'express',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
  REGISTER,
  ELASTIC,
  ELASTIC_APM,
]);
