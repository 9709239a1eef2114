/**
 * Whether a service under pitot grows: `node bench/soak.ts` for five minutes, `node bench/soak.ts --hour` for an hour,
 * after `npm run build`. The service answers requests, makes and removes series, starts a thread each second, forwards
 * each second, is scraped, and has a viewer of the page that comes and goes. The slope of memory, descriptors and threads
 * is that of a line through the means of equal parts of the time, with the interval of 95 % (Student's t). A slope does
 * not tell a leak from memory that is about to have its size, so a second table shows each figure over the whole time.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { table, writeResults } from './results.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const isLong = process.argv.includes('--hour');
const SECONDS = isLong ? 3600 : 300;
/** The share of the time after which everything should have its size. */
const WARM_UP = isLong ? 0.2 : 0.4;
const SAMPLE_EVERY_MS = 1000;
/** Milliseconds between two requests, and between two scrapes. */
const REQUEST_EVERY = 5;
const SCRAPE_EVERY = 500;
/** Samples that follow one another are alike, so that the line goes through means. */
const PARTS = 20;
/** Of the whole time, in the table of the course. */
const COURSE_PARTS = 10;
/** Of 18 degrees of freedom, for 95 %. */
const STUDENT_T = 2.101;

interface Slope {
  readonly mean: number;
  /** Per hour. */
  readonly slope: number;
  readonly margin: number;
}

const receiver = createServer((request, response) => request.resume().on('end', () => response.end()));
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverAddress = receiver.address();
const receiverPort =
  typeof receiverAddress === 'object' && receiverAddress !== null ? receiverAddress.port : 0;

const child = spawn(
  process.execPath,
  [
    ...['--expose-gc', '--no-flush-bytecode'],
    ...['--import', pathToFileURL(join(import.meta.dirname, 'soak-hub.mjs')).href],
    ...['--import', pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href],
    join(import.meta.dirname, 'soak-service.mjs'),
  ],
  {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: 'soak',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${receiverPort}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
      PITOT_PAGE: 'on',
    },
  },
);
process.on('exit', () => child.kill('SIGKILL'));
child.once('exit', (code, signal) => {
  throw new Error(`the service has ended: ${code ?? signal}`);
});
const [[application], [line]] = (await Promise.all([
  once(createInterface(child.stdout), 'line'),
  once(createInterface(child.stderr), 'line'),
])) as [[string], [string]];
const endpoint = /http:\/\/[^\s/]+/.exec(line)?.[0] ?? '';
const { pid = 0 } = child;

const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const counts = { requests: 0, scrapes: 0, failures: 0 };
const ask = (url: string, what: 'requests' | 'scrapes') => {
  get(url, { agent }, (response) => response.resume().on('end', () => counts[what]++)).on(
    'error',
    () => counts.failures++,
  );
};
setInterval(() => ask(application, 'requests'), REQUEST_EVERY);
setInterval(() => ask(`${endpoint}/metrics`, 'scrapes'), SCRAPE_EVERY);
setInterval(() => void view(), 20_000);

const samples = {
  'resident memory, MiB': [] as number[],
  "heap of the application's thread after collection, MiB": [] as number[],
  "heap of the hub's thread, MiB": [] as number[],
  descriptors: [] as number[],
  threads: [] as number[],
};
const end = performance.now() + SECONDS * 1000;
while (performance.now() < end) {
  const { application: own, hub } = await heaps();
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  samples['resident memory, MiB'].push(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
  samples["heap of the application's thread after collection, MiB"].push(own / 2 ** 20);
  samples["heap of the hub's thread, MiB"].push(hub / 2 ** 20);
  samples.threads.push(Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]));
  samples.descriptors.push(readdirSync(`/proc/${pid}/fd`).length);
  await pause(SAMPLE_EVERY_MS);
}

const rows = Object.entries(samples).map(([name, values]) => {
  const { mean, slope, margin } = slopeOf(values.slice(Math.floor(values.length * WARM_UP)));
  return [name, mean.toFixed(1), `${slope.toFixed(1)} ± ${margin.toFixed(1)}`];
});
const course = Object.entries(samples).map(([name, values]) => [
  name,
  ...partsOf(values, COURSE_PARTS).map((part) =>
    (name.startsWith('heap') ? Math.min(...part) : meanOf(part)).toFixed(name.endsWith('MiB') ? 1 : 0),
  ),
]);
const minutes = SECONDS / 60;
const tenths = Array.from({ length: COURSE_PARTS }, (_, i) => `to ${((i + 1) * minutes) / COURSE_PARTS}`);
const text = `${table([`${minutes} minutes`, 'mean', 'slope per hour, 95 %'], rows)}

The course of each tenth of the time: of heaps the smallest size, which is that after a collection, and else the mean.

${table(['minutes', ...tenths], course)}

${counts.requests} requests with two new series each, ${counts.scrapes} scrapes, ${counts.failures} failures; the slopes leave out the first ${Math.round(WARM_UP * minutes)} minutes.`;
writeResults(isLong ? 'soak of an hour' : 'soak', text, []);
process.exit(0);

/** Bytes in use: the application's after garbage collection, the hub's as it is. */
async function heaps(): Promise<{ readonly application: number; readonly hub: number }> {
  const answer: unknown = await (await fetch(`${application}/heaps`)).json();
  return answer as { application: number; hub: number };
}

/** A viewer of the page who leaves after a while. */
async function view(): Promise<void> {
  const left = AbortSignal.timeout(10_000);
  try {
    await (await fetch(`${endpoint}/page/events`, { signal: left })).text();
  } catch {
    // It has left.
  }
}

function slopeOf(values: readonly number[]): Slope {
  const means = partsOf(values, PARTS).map(meanOf);
  const hours = (SECONDS * (1 - WARM_UP)) / 3600;
  const x = means.map((_, i) => ((i + 0.5) / PARTS) * hours);
  const [meanX, meanY] = [meanOf(x), meanOf(means)];
  const xx = x.reduce((sum, one) => sum + (one - meanX) ** 2, 0);
  const slope = x.reduce((sum, one, i) => sum + (one - meanX) * ((means[i] ?? 0) - meanY), 0) / xx;
  const rest = x.reduce((sum, one, i) => sum + ((means[i] ?? 0) - meanY - slope * (one - meanX)) ** 2, 0);
  return { mean: meanY, slope, margin: STUDENT_T * Math.sqrt(rest / (PARTS - 2) / xx) };
}

function partsOf(values: readonly number[], parts: number): number[][] {
  const size = values.length / parts;
  return Array.from({ length: parts }, (_, i) =>
    values.slice(Math.floor(i * size), Math.floor((i + 1) * size)),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
