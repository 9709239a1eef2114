/**
 * One service under each attack in turn, beside constant load and a scraper: `node bench/attacks.ts`, after
 * `npm run build`. Each attack stands between quiet times. The application's thread has a processor of its own, because
 * the question is what an attack on the endpoint costs it; the hub, the attackers and the good clients share another.
 * The good clients run with real-time priority and the attackers with the lowest, so that no figure is the waiting of
 * clients for the processor, which they have for themselves where they are other machines.
 */

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from '../test/harness/free-port.ts';
import { HASHES } from '../test/hub/http/helpers/secured.ts';
import { ATTACKS } from './attacks/attacks.ts';
import { quantile } from './quantile.ts';
import { table, writeResults } from './results.ts';

const REPOSITORY = join(import.meta.dirname, '..');
/** Only those attacks whose names contain the argument; then nothing is saved. */
const [, , ONLY] = process.argv;
const ROUNDS = 3;
const WINDOW_MS = 1000;
/** Of each attack in each round, and of the quiet time before it. */
const WINDOWS = 4;
/** After an attack. */
const SETTLE_MS = 1000;
/** Milliseconds between two requests to the application, and between two scrapes. */
const REQUEST_EVERY = 2;
const SCRAPE_EVERY = 100;
const SCRAPE_TIMEOUT_MS = 3000;
const AUTHORIZATION = `Basic ${btoa('carol:carol123')}`;
/** The good client comes from another address than the attack. */
const GOOD_ADDRESS = '127.0.0.2';

interface Window {
  /** Milliseconds. */
  readonly requests: number[];
  readonly scrapes: number[];
  failedScrapes: number;
  memory: number;
}

const folder = mkdtempSync(join(tmpdir(), 'pitot-attacks-'));
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const port = await freePort();
const shared = { ...process.env, XDG_RUNTIME_DIR: folder };
const attacker = fork(join(import.meta.dirname, 'attacks/attacker.ts'), { env: shared });
children.push(attacker);
const [{ receiver }] = (await once(attacker, 'message')) as [{ receiver: number }];
const { application, pid } = await startService(receiver);
place();

const names = Object.keys(ATTACKS).filter((name) => name.includes(ONLY ?? ''));
const results = new Map(
  names.map((name) => [name, { quiet: [] as Window[][], attacked: [] as Window[][], counted: 0 }]),
);
let current = emptyWindow();
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const timers = [setInterval(load, REQUEST_EVERY), setInterval(() => void scrape(), SCRAPE_EVERY)];
await pause(5000);
const memory: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, result] of results) {
    result.quiet.push(await windows());
    attacker.send({ begin: name, port, authorization: AUTHORIZATION });
    result.attacked.push(await windows());
    attacker.send({ end: true });
    const [{ counted }] = (await once(attacker, 'message')) as [{ counted: number }];
    result.counted += counted;
    current = emptyWindow();
    await pause(SETTLE_MS);
  }
  memory.push(memoryOf(pid));
}
for (const timer of timers) clearInterval(timer);

const rows = [...results].map(([name, { quiet, attacked, counted }]) => {
  const [before, during] = [quiet.flat(), attacked.flat()];
  const good = during.flatMap(({ scrapes }) => scrapes);
  const tried = good.length + during.reduce((sum, { failedScrapes }) => sum + failedScrapes, 0);
  const p99 = (all: readonly number[]) => quantile(all, 0.99).toFixed(0);
  return [
    name,
    String(counted),
    `${good.length} of ${tried}`,
    `${p99(before.flatMap(({ scrapes }) => scrapes))} → ${p99(good)}`,
    ratio(quiet, attacked),
    (quantile(attacked.map(largestOf), 0.5) - quantile(quiet.map(largestOf), 0.5)).toFixed(0),
  ];
});
const header = [
  'attack',
  'connections, requests or messages of it',
  'scrapes answered',
  'p99 of scrapes, ms, quiet → attack',
  "application's p99, of the quiet one's",
  'memory over the quiet, MiB',
];
const text = `${table(header, rows)}

${1000 / REQUEST_EVERY} requests and ${1000 / SCRAPE_EVERY} scrapes a second, a new connection for each scrape, from another address than the attack.
The ratio is the median of ${ROUNDS * WINDOWS} windows of ${WINDOW_MS / 1000} s, with its quartiles; it overlaps where the quartiles of the quiet windows do.
Resident memory after each round of all attacks: ${memory.map((bytes) => bytes.toFixed(0)).join(', ')} MiB.`;
if (ONLY === undefined) writeResults('attacks', text, []);
else console.log(text);
process.exit(0);

async function startService(receiverPort: number): Promise<{ application: string; pid: number }> {
  const users = `basic_auth_users:\n  carol: ${HASHES.carol}\n  prom: ${HASHES.dave}\n`;
  writeFileSync(join(folder, 'web.yml'), users);
  const door = pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href;
  const child = spawn(
    process.execPath,
    ['--import', door, join(import.meta.dirname, 'attacks/service.mjs')],
    {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...shared,
        OTEL_SERVICE_NAME: 'attacked',
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${receiverPort}/v1/metrics`,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        PITOT_WEB_CONFIG_FILE: join(folder, 'web.yml'),
      },
    },
  );
  children.push(child);
  child.once('exit', (code, signal) => {
    throw new Error(`the service has ended: ${code ?? signal}`);
  });
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  return { application: String(line), pid: Number(child.pid) };
}

function place(): void {
  if (availableParallelism() < 2) console.error('one processor: the ratios are about sharing it');
  else {
    for (const each of [pid, Number(attacker.pid), process.pid])
      execFileSync('taskset', ['-acp', '1', String(each)]);
    execFileSync('taskset', ['-cp', '0', String(pid)]);
  }
  execFileSync('renice', ['-n', '19', '-p', String(attacker.pid)], { stdio: 'pipe' });
  try {
    execFileSync('chrt', ['-a', '-f', '-p', '10', String(process.pid)], { stdio: 'pipe' });
  } catch {
    console.error('no real-time priority: the figures contain waiting for the processor');
  }
}

function emptyWindow(): Window {
  return { requests: [], scrapes: [], failedScrapes: 0, memory: 0 };
}

async function windows(): Promise<Window[]> {
  const all: Window[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    current = emptyWindow();
    all.push(current);
    await pause(WINDOW_MS);
    current.memory = memoryOf(pid);
  }
  current = emptyWindow();
  return all;
}

function load(): void {
  const began = performance.now();
  const { requests } = current;
  request(`${application}/users`, { agent }, (response) =>
    response.resume().once('end', () => requests.push(performance.now() - began)),
  ).end();
}

async function scrape(): Promise<void> {
  const window = current;
  const began = performance.now();
  const isGood = await new Promise<boolean>((resolve) => {
    request(
      `http://127.0.0.1:${port}/metrics`,
      {
        agent: false,
        localAddress: GOOD_ADDRESS,
        headers: { authorization: AUTHORIZATION },
        signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
      },
      (response) =>
        response
          .resume()
          .on('error', () => {})
          .once('close', () => resolve(response.statusCode === 200 && response.complete)),
    )
      .on('error', () => resolve(false))
      .end();
  });
  if (isGood) window.scrapes.push(performance.now() - began);
  else window.failedScrapes++;
}

function ratio(quiet: readonly Window[][], attacked: readonly Window[][]): string {
  const relative = (windowsOf: readonly Window[][]) =>
    windowsOf.flatMap((round, i) => {
      const base = quantile((quiet[i] ?? []).map(p99Of), 0.5);
      return round.map((window) => p99Of(window) / base);
    });
  const [before, during] = [quiet, attacked].map(relative).map((values) => ({
    low: quantile(values, 0.25),
    middle: quantile(values, 0.5),
    high: quantile(values, 0.75),
  }));
  if (before === undefined || during === undefined) return '';
  const overlaps = during.low <= before.high && before.low <= during.high;
  const range = `${during.low.toFixed(2)} to ${during.high.toFixed(2)}`;
  return `${during.middle.toFixed(2)} (${range}${overlaps ? ', overlaps' : ''})`;
}

function p99Of({ requests }: Window): number {
  return quantile(requests, 0.99);
}

function largestOf(round: readonly Window[]): number {
  return Math.max(...round.map(({ memory: one }) => one));
}

/** MiB of physical memory. */
function memoryOf(process: number): number {
  const status = readFileSync(`/proc/${process}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
