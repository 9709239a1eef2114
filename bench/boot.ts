/** The additional start time and memory of a process with metrics. See README.md. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/harness/free-port.ts';
import { median } from './median.ts';
import { table, writeResults } from './results.ts';

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
const ROOT = join(import.meta.dirname, '..');
const APP = join(import.meta.dirname, 'boot-app.cjs');

interface Contestant {
  readonly name: string;
  /** The argument of `--import`, and the folder that resolves it. */
  readonly door?: string;
  readonly from: string;
  readonly env?: Readonly<Record<string, string>>;
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

async function start({ door, from, env }: Contestant): Promise<Start> {
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
    if (door !== undefined) await scraped(metrics);
    const memory = await memoryOf(service);
    await Promise.all(Array.from({ length: CLIENTS }, () => ask(service, REQUESTS / CLIENTS)));
    if (door !== undefined) await ask(metrics, SCRAPES);
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

/** Each round starts every contestant once, beginning with another one. The first round only warms the disk cache. */
const starts = new Map<Contestant, Start[]>(CONTESTANTS.map((contestant) => [contestant, []]));
for (const contestant of CONTESTANTS) await start(contestant);
for (let round = 0; round < ROUNDS; round++) {
  for (let i = 0; i < CONTESTANTS.length; i++) {
    const contestant = CONTESTANTS[(round + i) % CONTESTANTS.length];
    if (contestant !== undefined) starts.get(contestant)?.push(await start(contestant));
  }
}

const medianOf = (contestant: Contestant, figure: keyof Start) =>
  median((starts.get(contestant) ?? []).map((start) => start[figure]));
const FIGURES = ['firstLine', 'listening', 'listeningCpu', 'memory', 'memoryAfter'] as const;
const rows = CONTESTANTS.map((contestant) => [
  contestant.name,
  ...FIGURES.map((figure) => {
    const bare = medianOf(BARE, figure);
    if (contestant === BARE) return bare.toFixed(0);
    const added = medianOf(contestant, figure) - bare;
    const ratio = contestant === PITOT ? '' : ` (${(added / (medianOf(PITOT, figure) - bare)).toFixed(1)}×)`;
    return `+${added.toFixed(0)}${ratio}`;
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
writeResults('boot', table(header, rows), [
  'express',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
  REGISTER,
  ELASTIC,
]);
