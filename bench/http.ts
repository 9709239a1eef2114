/**
 * The cost of HTTP metrics for a service with one processor, beside the peers. See README.md.
 * `node bench/http.ts [--rounds 7] [--seconds 10] [--warm-up 4]`; a run with any of these options only prints
 * its results.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { freePort } from '../test/harness/free-port.ts';
import { HEADER, type Report, rateOf, rowsOf } from './http-table.ts';
import { table, writeResults } from './results.ts';

const { values: given } = parseArgs({
  options: { rounds: { type: 'string' }, seconds: { type: 'string' }, 'warm-up': { type: 'string' } },
});
const ROUNDS = Number(given.rounds ?? 7);
/** How long each service is measured in each round, and how long it is warmed up before. */
const SECONDS = Number(given.seconds ?? 10);
const WARM_UP = Number(given['warm-up'] ?? 4);
/** Seconds between two scrapes. */
const SCRAPE_INTERVAL = 5;
const CONNECTIONS = 32;

/** The processor of the service with all its threads, and the processors of all other processes. */
const SERVICE_CPU = '0';
const CLIENT_CPUS = `1-${availableParallelism() - 1}`;

const CONTESTANTS: Readonly<Record<string, readonly string[]>> = {
  express: [
    'uninstrumented',
    'pitot',
    'pitot/prom-client',
    'prom-client',
    'express-prom-bundle',
    'OpenTelemetry',
  ],
  'node:http': ['uninstrumented', 'pitot', 'prom-client', 'OpenTelemetry'],
};
/** The modules that load before the application. */
const PRELOADS: Readonly<Record<string, string>> = {
  pitot: join(import.meta.dirname, '../dist/instrumentation.js'),
  OpenTelemetry: join(import.meta.dirname, 'http-opentelemetry.mjs'),
};
const PEERS = [
  'express',
  'prom-client',
  'express-prom-bundle',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-express',
];

interface Service {
  readonly pid: number;
  readonly url: string;
  readonly metrics: string;
  end(): Promise<void>;
}

async function start(framework: string, contestant: string): Promise<Service> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const preload = PRELOADS[contestant];
  const door = preload === undefined ? [] : ['--import', pathToFileURL(preload).href];
  const program = [...door, join(import.meta.dirname, 'http-service.mjs'), framework, contestant];
  const child = spawn('taskset', ['--cpu-list', SERVICE_CPU, process.execPath, ...program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
    },
  });
  await once(createInterface(child.stdout), 'line');
  if (child.pid === undefined) throw new Error('no process');
  return {
    // taskset becomes the program that it runs.
    pid: child.pid,
    url: `http://127.0.0.1:${port}/users/42`,
    metrics: `http://127.0.0.1:${metricsPort}/metrics`,
    end: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Sends as many requests as are answered, over all connections, for so many seconds. */
async function load(url: string, seconds: number): Promise<Omit<Report, 'cpu'>> {
  const { stdout } = await promisify(execFile)('taskset', [
    ...['--cpu-list', CLIENT_CPUS, 'wrk', '--threads', '1', '--connections', String(CONNECTIONS)],
    ...['--duration', `${seconds}s`, '--script', join(import.meta.dirname, 'http-report.lua'), url],
  ]);
  const report: Omit<Report, 'cpu'> & { readonly errors: number } = JSON.parse(
    stdout.trimEnd().split('\n').at(-1) ?? '',
  );
  if (report.errors > 0) throw new Error(`${report.errors} requests failed`);
  return report;
}

/** Time that all threads of a process have had of processors so far, in microseconds. (proc(5), "stat") */
function cpuTime(pid: number): number {
  const [, user, system] =
    /^.*\)(?: \S+){11} (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return (Number(user) + Number(system)) * TICK;
}

/** Microseconds. */
const TICK = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The number of requests that the service has counted so far, by route if it has one. */
async function scrape({ metrics }: Service, framework: string): Promise<number> {
  const body = await (await fetch(metrics)).text();
  const lines = body.match(/^http_(?:server_)?request_duration(?:_seconds)?_count\{.*$/gm) ?? [];
  const counted = lines.filter((line) => framework !== 'express' || line.includes('="/users/:id"'));
  return counted.reduce((sum, line) => sum + Number(/\} (\d+)/.exec(line)?.[1]), 0);
}

async function measure(framework: string, contestant: string): Promise<Report> {
  const service = await start(framework, contestant);
  try {
    const warmUp = await load(service.url, WARM_UP);
    const isScraped = contestant !== 'uninstrumented';
    const before = cpuTime(service.pid);
    const loading = load(service.url, SECONDS);
    if (isScraped) {
      // As many scrapes as fit, at least one, each in the middle of its interval.
      const scrapes = Math.max(1, Math.floor(SECONDS / SCRAPE_INTERVAL));
      await pause((1000 * SECONDS) / scrapes / 2);
      for (let i = 1; i < scrapes; i++) {
        await scrape(service, framework);
        await pause((1000 * SECONDS) / scrapes);
      }
      await scrape(service, framework);
    }
    const report = await loading;
    const cpu = cpuTime(service.pid) - before;
    const sent = warmUp.requests + report.requests;
    const counted = isScraped ? await scrape(service, framework) : sent;
    // The service alone counts requests that were in progress at the end of a load.
    if (counted < sent || counted > sent + 4 * CONNECTIONS) {
      throw new Error(`${contestant} counted ${counted} requests of ${sent}`);
    }
    return { ...report, cpu };
  } finally {
    await service.end();
  }
}

if (!existsSync(PRELOADS.pitot ?? ''))
  throw new Error('the package is measured as it is built: npm run build');
if (availableParallelism() < 2) throw new Error('the service and its client need a processor each');
execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', CLIENT_CPUS, String(process.pid)]);

const results = new Map(
  Object.entries(CONTESTANTS).map(([framework, contestants]) => [
    framework,
    new Map(contestants.map((contestant): [string, Report[]] => [contestant, []])),
  ]),
);
const turns = [...results].flatMap(([framework, contestants]) =>
  [...contestants].map(([contestant, reports]) => ({ framework, contestant, reports })),
);
// All take turns in every round, each round beginning with another one.
for (let round = 0; round < ROUNDS; round++) {
  for (const turn of [...turns.slice(round % turns.length), ...turns.slice(0, round % turns.length)]) {
    const report = await measure(turn.framework, turn.contestant);
    turn.reports.push(report);
    const rate = rateOf(report).toFixed(0);
    console.error(`round ${round + 1}: ${turn.framework}, ${turn.contestant}: ${rate} requests/s`);
  }
}
const tables = [...results].map(([framework, reports]) => table([framework, ...HEADER], rowsOf(reports)));
const conditions =
  `${CONNECTIONS} connections; ${ROUNDS} rounds of ${SECONDS} s for each service, after ${WARM_UP} s of ` +
  'warming up. In parentheses the least and the greatest of the rounds.';
const markdown = [conditions, ...tables].join('\n\n');
if (Object.keys(given).length === 0) writeResults('http', markdown, PEERS);
else console.log(markdown);
