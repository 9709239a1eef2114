/** One service under load, on a processor of its own: what http.ts and growth/connections.ts measure. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../test/harness/free-port.ts';
import { untilWarm } from './rounds.ts';

/** What a service did in one round. */
export interface Report {
  readonly requests: number;
  /** For how long requests were sent, in microseconds. */
  readonly duration: number;
  /** Latencies, in microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Time that all threads of the service had of its processor meanwhile, in microseconds. */
  readonly cpu: number;
}

/** Requests per second. */
export function rateOf({ requests, duration }: Pick<Report, 'requests' | 'duration'>): number {
  return (1e6 * requests) / duration;
}

/** Microseconds of processor time a request. */
export function cpuOf({ cpu, requests }: Report): number {
  return cpu / requests;
}

export interface LoadOptions {
  readonly framework: string;
  readonly contestant: string;
  readonly connections: number;
  /** How long the service is measured. */
  readonly seconds: number;
  /** The most seconds for which it is warmed up before, until its requests take no less processor time. */
  readonly warmUp: number;
}

/** Seconds between two scrapes. */
const SCRAPE_INTERVAL = 5;

/** The processor of the service with all its threads, and the processors of all other processes. */
const SERVICE_CPU = '0';
const CLIENT_CPUS = `1-${availableParallelism() - 1}`;

/** The modules that load before the application. */
const PRELOADS: Readonly<Record<string, string>> = {
  pitot: join(import.meta.dirname, '../dist/instrumentation.js'),
  OpenTelemetry: join(import.meta.dirname, 'http-opentelemetry.mjs'),
};
export interface Service {
  readonly pid: number;
  readonly url: string;
  readonly metrics: string;
  end(): Promise<void>;
}

/** The framework whose services are written in Go. */
export const GO = 'net/http of Go';
const GO_SERVICE = join(import.meta.dirname, '../.cache/bench-go/service');

function programOf(framework: string, contestant: string, flags: readonly string[]): readonly string[] {
  if (framework === GO) return [GO_SERVICE, contestant];
  const preload = PRELOADS[contestant];
  const door = preload === undefined ? [] : ['--import', pathToFileURL(preload).href];
  const service = join(import.meta.dirname, 'http-service.mjs');
  return [process.execPath, ...flags, ...door, service, framework, contestant];
}

/** @param flags for Node.js */
export async function startService(
  framework: string,
  contestant: string,
  flags: readonly string[] = [],
): Promise<Service> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const child = spawn('taskset', ['--cpu-list', SERVICE_CPU, ...programOf(framework, contestant, flags)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      // As many as there are processors for it.
      GOMAXPROCS: '1',
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
async function load(url: string, seconds: number, connections: number): Promise<Omit<Report, 'cpu'>> {
  const { stdout } = await promisify(execFile)('taskset', [
    ...['--cpu-list', CLIENT_CPUS, 'wrk', '--threads', '1', '--connections', String(connections)],
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

/** Starts a service, warms it up, measures it while it is scraped, and checks that it has counted each request. */
export async function measureHttp(options: LoadOptions): Promise<Report> {
  const { framework, contestant, connections, seconds, warmUp } = options;
  const service = await startService(framework, contestant);
  try {
    let sent = 0;
    const measured = async (time: number, meanwhile: () => Promise<void>): Promise<Report> => {
      const before = cpuTime(service.pid);
      const loading = load(service.url, time, connections);
      await meanwhile();
      const report = await loading;
      sent += report.requests;
      return { ...report, cpu: cpuTime(service.pid) - before };
    };
    await untilWarm(async () => cpuOf(await measured(1, async () => {})), warmUp);
    const isScraped = contestant !== 'uninstrumented';
    const report = await measured(seconds, async () => {
      if (!isScraped) return;
      // As many scrapes as fit, at least one, each in the middle of its interval.
      const scrapes = Math.max(1, Math.floor(seconds / SCRAPE_INTERVAL));
      await pause((1000 * seconds) / scrapes / 2);
      for (let i = 0; i < scrapes; i++) {
        if (i > 0) await pause((1000 * seconds) / scrapes);
        await scrape(service, framework);
      }
    });
    const counted = isScraped ? await scrape(service, framework) : sent;
    // The service alone counts requests that were in progress at the end of a load.
    if (counted < sent || counted > sent + (warmUp + 1) * connections) {
      throw new Error(`${contestant} counted ${counted} requests of ${sent}`);
    }
    return report;
  } finally {
    await service.end();
  }
}

/** Checks what a measurement needs, and leaves the service's processor to it. */
export function prepareHttp(frameworks: readonly string[]): void {
  if (frameworks.includes(GO)) {
    const build = ['build', '-o', GO_SERVICE, '.'];
    execFileSync('go', build, { cwd: join(import.meta.dirname, 'go'), stdio: 'inherit' });
  }
  if (!existsSync(PRELOADS.pitot ?? '')) {
    throw new Error('the package is measured as it is built: npm run build');
  }
  if (availableParallelism() < 2) throw new Error('the service and its client need a processor each');
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', CLIENT_CPUS, String(process.pid)]);
}
