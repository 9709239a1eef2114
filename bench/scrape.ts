/** The time of one scrape, and how long it blocks the application, beside the peers. See README.md. */

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { table, writeResults } from './results.ts';
import { libraries } from './scrape-libraries.ts';
import type { Answer, Report, Request } from './scrape-service.ts';
import { beside, MARK, median, spreadOf } from './statistics.ts';

/** Milliseconds between the last recording and the first scrape, in which a service's threads come to rest. */
const SETTLING = 1000;
/** Services of each library, in turn with those of the others. */
const SERVICES = 3;
/** Scrapes of each service in each way: after the first, so many until the compiler has settled, and those that count. */
const WARM_UP = 8;
const SCRAPES = 5;
/** Milliseconds for which the application works, without scrapes and with one every second. */
const WORK = 3000;
const SCRAPE_INTERVAL = 1000;
const PROCESSORS = availableParallelism();
const DOOR = pathToFileURL(join(import.meta.dirname, '../src/instrumentation.ts')).href;

type Headers = Readonly<Record<string, string>>;

/** Further ways to scrape a service of pitot's. */
const WAYS: Readonly<Record<string, Readonly<Record<string, Headers>>>> = {
  pitot: {
    'pitot, gzip': { 'accept-encoding': 'gzip' },
    'pitot, zstd': { 'accept-encoding': 'zstd' },
    'pitot, OpenMetrics': { accept: 'application/openmetrics-text;version=1.0.0' },
    'pitot, protobuf': {
      accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    },
  },
  'pitot, own route': { 'pitot, own route, gzip': { 'accept-encoding': 'gzip' } },
};
const FURTHER: ReadonlySet<string> = new Set(Object.values(WAYS).flatMap(Object.keys));

interface Measured {
  /** Milliseconds. */
  readonly first: number[];
  readonly later: number[];
  readonly stalls: number[];
  readonly busy: number[];
  /** Of the work without scrapes. */
  readonly work: number[];
  bytes: number;
}

interface Service {
  readonly url: string;
  readonly pid: number | undefined;
  tell(request: 'watch' | 'work'): void;
  /** Gives every series another value. */
  record(): Promise<void>;
  report(): Promise<Report>;
  count(): Promise<number>;
  end(): Promise<void>;
}

async function start(library: string): Promise<Service> {
  const child = fork(join(import.meta.dirname, 'scrape-service.ts'), [library], {
    execArgv: isPitot(library) ? ['--import', DOOR] : [],
    env: {
      ...process.env,
      OTEL_EXPORTER_PROMETHEUS_PORT: library === 'pitot' ? '0' : 'none',
      OTEL_LOG_LEVEL: 'ERROR',
    },
  });
  const answer = async (request?: Request): Promise<Answer> => {
    if (request !== undefined) child.send(request);
    return (await once(child, 'message'))[0];
  };
  const url = String(await answer());
  return {
    url,
    pid: child.pid,
    tell: (request) => child.send(request),
    record: async () => void (await answer('record')),
    report: async () => (await answer('report')) as Report,
    count: async () => Number(await answer('count')),
    end: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/**
 * Gives the application's thread a processor that this client and the service's other threads do not use, if
 * `taskset` is available. So only the library can keep the thread waiting, and not a lack of processors.
 */
function giveProcessor(pid: number | undefined): void {
  if (pid === undefined || PROCESSORS < 2) return;
  const threads = readdirSync(`/proc/${pid}/task`).filter((thread) => thread !== String(pid));
  setProcessors([...threads, ...readdirSync('/proc/self/task')], `1-${PROCESSORS - 1}`);
  setProcessors([String(pid)], '0');
}

/** The next service inherits those of this client. */
function shareProcessors(): void {
  if (PROCESSORS >= 2) setProcessors(readdirSync('/proc/self/task'), `0-${PROCESSORS - 1}`);
}

function setProcessors(threads: readonly string[], processors: string): void {
  try {
    for (const thread of threads) execFileSync('taskset', ['--cpu-list', '--pid', processors, thread]);
  } catch {
    console.error('taskset is missing: stalls are longer where processors are few');
  }
}

function isPitot(name: string): boolean {
  return name.startsWith('pitot');
}

/**
 * The client does as little as possible with the bytes, so that it leaves the processors to the service like a
 * scraper on another machine. It counts the bytes of the connection.
 */
function scrape(url: string, headers: Headers): Promise<{ milliseconds: number; bytes: number }> {
  const { hostname, port, pathname } = new URL(url);
  const lines = Object.entries({ host: hostname, connection: 'close', ...headers });
  const head = [`GET ${pathname} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  const began = performance.now();
  let status = '';
  let bytes = 0;
  return new Promise((resolve, reject) => {
    const onread = {
      buffer: Buffer.alloc(256 * 1024),
      callback(length: number, buffer: Uint8Array) {
        if (bytes === 0) status = Buffer.from(buffer.subarray(0, STATUS.length)).toString();
        bytes += length;
        return true;
      },
    };
    const socket = connect({ host: hostname, port: Number(port), onread });
    socket.on('error', reject);
    socket.on('end', () => {
      if (status === STATUS) resolve({ milliseconds: performance.now() - began, bytes });
      else reject(new Error(status));
    });
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  });
}

const STATUS = 'HTTP/1.1 200 OK';

/** The time of scrapes in one way. All values change in between. The threads and this client share all processors. */
async function measureTimes(service: Service, headers: Headers, results: Measured): Promise<void> {
  results.first.push((await scrape(service.url, headers)).milliseconds);
  for (let i = 0; i < WARM_UP + SCRAPES; i++) {
    await service.record();
    const { milliseconds, bytes } = await scrape(service.url, headers);
    if (i >= WARM_UP) results.later.push(milliseconds);
    results.bytes = bytes;
  }
}

/** What scrapes in one way do to the application, whose thread has a processor to itself. */
async function measureStalls(service: Service, headers: Headers, results: Measured): Promise<void> {
  const { url } = service;
  for (let i = 0; i < SCRAPES; i++) {
    await service.record();
    service.tell('watch');
    await scrape(url, headers);
    const { stall, busy } = await service.report();
    results.stalls.push(stall);
    results.busy.push(busy);
  }
  const alone = await work(service, async () => {});
  const scraped = await work(service, () => scrape(url, headers));
  results.work.push(scraped / alone);
}

/**
 * Has the application work, and something else happen every second meanwhile.
 *
 * @returns units of work in a millisecond of its thread's processor time, of which other processes take nothing
 */
async function work(service: Service, meanwhile: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  service.tell('work');
  for (let due = 0; due < WORK; due += SCRAPE_INTERVAL) {
    await setTimeout(Math.max(0, began + due - performance.now()));
    await meanwhile();
  }
  await setTimeout(Math.max(0, began + WORK - performance.now()));
  return service.count();
}

const measured = new Map<string, Measured>(
  Object.keys(libraries)
    .flatMap((library) => [library, ...Object.keys(WAYS[library] ?? {})])
    .map((name) => [name, { first: [], later: [], stalls: [], busy: [], work: [], bytes: 0 }]),
);
for (let i = 0; i < SERVICES; i++) {
  for (const library of Object.keys(libraries)) {
    const service = await start(library);
    await setTimeout(SETTLING);
    const ways = Object.entries<Headers>({ [library]: {}, ...WAYS[library] }).map(([name, headers]) => ({
      headers,
      results: measured.get(name)!,
    }));
    for (const { headers, results } of ways) await measureTimes(service, headers, results);
    giveProcessor(service.pid);
    for (const { headers, results } of ways) await measureStalls(service, headers, results);
    shareProcessors();
    await service.end();
  }
}
const pitot = measured.get('pitot');
const rows = [...measured].map(([name, { first, later, stalls, busy, work, bytes }]) => {
  const isPeer = !isPitot(name);
  const milliseconds = (numbers: readonly number[], own: readonly number[] = []) => {
    const spread = spreadOf(numbers);
    return beside(isPeer ? spreadOf(own) : spread, spread);
  };
  return [
    name,
    // A service is scraped for the first time in one way only.
    FURTHER.has(name) ? '–' : milliseconds(first, pitot?.first),
    milliseconds(later, pitot?.later),
    (bytes / 1e6).toFixed(1),
    median(stalls).toFixed(1),
    median(busy).toFixed(1),
    `${(median(work) * 100).toFixed(1)} %`,
  ];
});
const header = [
  '',
  'first scrape, ms',
  'later scrapes, ms',
  'megabytes',
  "application's longest stall, ms",
  'processor time of a turn, ms',
  'work while scraped',
];
writeResults(
  'scrape',
  `${table(header, rows)}\n\n${MARK}`,
  Object.keys(libraries).filter((library) => !isPitot(library)),
);
