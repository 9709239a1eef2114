/**
 * One service under each attack in turn, beside constant load and a scraper: `node bench/attacks.ts`, after
 * `npm run build`. Each attack stands between quiet times. The application's thread and its clients have a processor of
 * their own, because the question is what an attack on the endpoint costs them; the hub, the attackers and the good
 * scrapers share another. The scrapers have the highest priority and the attackers the lowest, so that no figure is the
 * waiting of scrapers for the processor, which they have for themselves where they are other machines.
 */

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { freePort } from '../test/harness/free-port.ts';
import { HASHES } from '../test/hub/http/helpers/secured.ts';
import { ATTACKS } from './attacks/attacks.ts';
import { timed } from './attacks/timed.ts';
import { quantile } from './quantile.ts';
import { table, writeInto, writeResults } from './results.ts';

const REPOSITORY = join(import.meta.dirname, '..');
/** Of processor time in /proc. */
const MS_PER_TICK = 10;
/** Not a real-time priority, with which scrapes waited for up to three seconds between attacks too. */
const HIGHEST_PRIORITY = -20;
const USUAL_PRIORITY = 0;
const LOWEST_PRIORITY = 19;
/** Only those attacks whose names contain the argument; then nothing is saved. */
const [, , ONLY] = process.argv;
const ROUNDS = 3;
const WINDOW_MS = 1000;
/** Of each attack in each round, and of the quiet time before it. */
const WINDOWS = 4;
/** After an attack. */
const SETTLE_MS = 1000;
/** Milliseconds between two requests to the application, and between two scrapes of a client. */
const REQUEST_EVERY = 5;
const SCRAPE_EVERY = 200;
const SCRAPE_TIMEOUT_MS = 3000;
const AUTHORIZATION = `Basic ${btoa('carol:carol123')}`;
/** The attack comes from the first. One good client is another machine, the other shares the attacker's address. */
const ADDRESSES = { same: '127.0.0.1', other: '127.0.0.2' } as const;
type Client = keyof typeof ADDRESSES;

/** Milliseconds of each request; those that were not answered are infinite. */
interface Window extends Readonly<Record<Client, number[]>> {
  readonly requests: number[];
  memory: number;
  processor: ProcessorTime;
}

/** Milliseconds of processor time. */
interface ProcessorTime {
  /** Of the application's thread. */
  readonly application: number;
  /** Of the other threads: the hub, the one that checks passwords, and V8's. */
  readonly others: number;
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
const clients = fork(join(import.meta.dirname, 'attacks/load.ts'), { serialization: 'advanced' });
children.push(clients);
place();
clients.send({ application, every: REQUEST_EVERY });

const names = Object.keys(ATTACKS).filter((name) => name.includes(ONLY ?? ''));
const results = new Map(
  names.map((name) => [name, { quiet: [] as Window[][], attacked: [] as Window[][], counted: 0 }]),
);
let current = emptyWindow();
const timer = setInterval(() => {
  scrape('same');
  scrape('other');
}, SCRAPE_EVERY);
await pause(5000);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, result] of results) {
    result.quiet.push(await windows());
    favour(attacker, LOWEST_PRIORITY);
    attacker.send({ begin: name, port, authorization: AUTHORIZATION });
    result.attacked.push(await windows());
    // With the lowest priority it would hear of the end long after.
    favour(attacker, USUAL_PRIORITY);
    attacker.send({ end: true });
    const [{ counted }] = (await once(attacker, 'message')) as [{ counted: number }];
    result.counted += counted;
    current = emptyWindow();
    await pause(SETTLE_MS);
  }
}
clearInterval(timer);
await pause(SCRAPE_TIMEOUT_MS);

const rows = [...results].map(([name, { quiet, attacked, counted }]) => {
  const [before, during] = [quiet.flat(), attacked.flat()];
  const scrapes = (['other', 'same'] as const).flatMap((client) => {
    const good = during.flatMap((window) => window[client]);
    return [
      `${good.filter(Number.isFinite).length} of ${good.length}`,
      `${p99(before.flatMap((window) => window[client]))} → ${p99(good)}`,
    ];
  });
  return [
    name,
    String(counted),
    ...scrapes,
    `${requestP99(quiet)} → ${requestP99(attacked)}`,
    ratio(quiet, attacked),
    change(quiet, attacked, ({ application: own }) => own),
    change(quiet, attacked, ({ others }) => others),
    rounds(attacked.map(largestOf)),
  ];
});
const header = [
  'attack',
  'connections, requests or messages of it',
  'scrapes answered, other address',
  'p99, ms, quiet → attack',
  'scrapes answered, same address',
  'p99, ms, quiet → attack',
  "application's p99, ms, quiet → attack",
  'of the quiet one',
  "application's thread, ms of processor time a second",
  'the other threads',
  'memory in each round, MiB',
];
const quietWindows = [...results.values()].flatMap(({ quiet }) => quiet.flat());
const quietMemory = Array.from({ length: ROUNDS }, (_, round) =>
  quantile(
    [...results.values()].map(({ quiet }) => largestOf(quiet[round] ?? [])),
    0.5,
  ),
);
const attackedWindows = [...results.values()].flatMap(({ attacked }) => attacked.flat());
const text = `${table(header, rows)}

${1000 / REQUEST_EVERY} requests a second; ${1000 / SCRAPE_EVERY} scrapes a second from the attacker's address and as many from another, a new connection for each.
The p99 is that of answered scrapes. Between the attacks ${unanswered(quietWindows.flatMap(({ same, other }) => [...same, ...other]))} scrapes were not answered.
${unanswered([...quietWindows, ...attackedWindows].flatMap(({ requests }) => requests))} requests to the application were not answered.
The ratio is the median of ${ROUNDS * WINDOWS} windows of ${WINDOW_MS / 1000} s, with its quartiles; it overlaps where the quartiles of the quiet windows do.
Processor time: medians of quiet → attacked windows. Memory: the largest of the process while it is attacked. Between the attacks ${rounds(quietMemory)} MiB.`;
if (ONLY === undefined) {
  writeResults('attacks', text, []);
  writeInto('docs/reliability.md', 'attacks.ts', text);
} else console.log(text);
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
    execFileSync('taskset', ['-acp', '0', String(clients.pid)]);
  }
  try {
    favour(process, HIGHEST_PRIORITY);
  } catch {
    console.error('the good clients have no priority: the figures contain waiting for the processor');
  }
}

function favour({ pid: id }: { readonly pid?: number | undefined }, niceness: number): void {
  execFileSync('renice', ['-n', String(niceness), '-p', String(id)], { stdio: 'pipe' });
}

function emptyWindow(): Window {
  return { requests: [], same: [], other: [], memory: 0, processor: { application: 0, others: 0 } };
}

async function windows(): Promise<Window[]> {
  const all: Window[] = [];
  for (let i = 0; i < WINDOWS; i++) {
    current = emptyWindow();
    all.push(current);
    const before = processorTimeOf(pid);
    await requestTimes();
    await pause(WINDOW_MS);
    current.requests.push(...(await requestTimes()));
    const { application: own, others } = processorTimeOf(pid);
    current.processor = { application: own - before.application, others: others - before.others };
    current.memory = memoryOf(pid);
  }
  current = emptyWindow();
  return all;
}

/** Of the application's clients, since the last call. */
async function requestTimes(): Promise<readonly number[]> {
  clients.send('times');
  const [{ times }] = (await once(clients, 'message')) as [{ times: number[] }];
  return times;
}

function scrape(client: Client): void {
  const headers = { authorization: AUTHORIZATION };
  const signal = AbortSignal.timeout(SCRAPE_TIMEOUT_MS);
  const options = { agent: false, localAddress: ADDRESSES[client], headers, signal };
  timed(current[client], request(`http://127.0.0.1:${port}/metrics`, options));
}

/** The median of the windows. */
function requestP99(windowsOf: readonly Window[][]): string {
  return quantile(windowsOf.flat().map(p99Of), 0.5).toFixed(1);
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

function change(
  quiet: readonly Window[][],
  attacked: readonly Window[][],
  of: (time: ProcessorTime) => number,
): string {
  const median = (windowsOf: readonly Window[][]) =>
    quantile(
      windowsOf.flat().map(({ processor }) => of(processor) / (WINDOW_MS / 1000)),
      0.5,
    ).toFixed(0);
  return `${median(quiet)} → ${median(attacked)}`;
}

function rounds(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(', ');
}

function unanswered(times: readonly number[]): string {
  return `${times.filter((time) => !Number.isFinite(time)).length} of ${times.length}`;
}

/** Of those that were answered. */
function p99(times: readonly number[]): string {
  return quantile(times.filter(Number.isFinite), 0.99).toFixed(0);
}

function p99Of({ requests }: Window): number {
  return quantile(requests.filter(Number.isFinite), 0.99);
}

function largestOf(round: readonly Window[]): number {
  return Math.max(...round.map(({ memory: one }) => one));
}

function processorTimeOf(process: number): ProcessorTime {
  const [all, application] = ['', `/task/${process}`].map((of) => {
    const fields = readFileSync(`/proc/${process}${of}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  });
  return { application: Number(application), others: Number(all) - Number(application) };
}

/** MiB of physical memory. */
function memoryOf(process: number): number {
  const status = readFileSync(`/proc/${process}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
