/** How a scrape and the memory of a service grow with its series, beside the prom-clients. See README.md. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/harness/free-port.ts';
import { type Line, writeChart } from './chart.ts';
import { median } from './median.ts';
import { table, writeResults } from './results.ts';

const LIBRARIES = ['pitot', 'prom-client', '@prometheus-io/client'] as const;
/** `--largest` adds the largest size, which takes gigabytes and minutes. */
const SIZES = process.argv.includes('--largest')
  ? [1000, 10_000, 100_000, 1_000_000]
  : [1000, 10_000, 100_000];
const ROUNDS = 3;
const WARM_UP = 5;
const SCRAPES = 5;
/** Milliseconds from the last recording until the first scrape. */
const SETTLING = 2000;

/** Of one service: processor time of all its threads in milliseconds, and MiB. */
interface Measured {
  readonly first: number;
  readonly later: number;
  readonly memory: number;
}

async function measure(library: string, series: number): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'growth-service.ts'), [library, String(series)], {
    execArgv: library === 'pitot' ? ['--import', 'pitot/instrumentation'] : [],
    env: {
      ...process.env,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_LOG_LEVEL: 'ERROR',
      PITOT_SCRAPE_TIMEOUT: '60000',
    },
  });
  try {
    const [url]: string[] = await once(child, 'message');
    if (url === undefined) throw new Error(`${library} has no URL`);
    await pause(SETTLING);
    const began = processorTime(child);
    await scrape(url);
    const first = processorTime(child) - began;
    for (let i = 0; i < WARM_UP; i++) await scrape(url);
    const warm = processorTime(child);
    for (let i = 0; i < SCRAPES; i++) await scrape(url);
    const later = (processorTime(child) - warm) / SCRAPES;
    return { first, later, memory: memoryOf(child) };
  } finally {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  }
}

async function scrape(url: string): Promise<void> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  for await (const _ of response.body ?? []) {
    // Only the service's work counts.
  }
}

/** Milliseconds that all threads of the process have run. (proc_pid_schedstat(5)) */
function processorTime({ pid }: ChildProcess): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** The resident set, in MiB. */
function memoryOf({ pid }: ChildProcess): number {
  const [, kibibytes] = /^Rss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')) ?? [];
  return Number(kibibytes) / 1024;
}

const measured = new Map<string, Measured[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const size of SIZES) {
    for (const library of LIBRARIES) {
      const key = `${library} ${size}`;
      const results = measured.get(key) ?? [];
      measured.set(key, results);
      results.push(await measure(library, size));
    }
  }
}

const medianOf = (library: string, size: number, figure: keyof Measured) =>
  median((measured.get(`${library} ${size}`) ?? []).map((one) => one[figure]));
const FIGURES = [
  ['first', 'first scrape, ms of CPU'],
  ['later', 'later scrapes, ms of CPU'],
  ['memory', 'memory after them, MiB'],
] as const;
const rows = SIZES.flatMap((size) =>
  LIBRARIES.map((library) => [
    `${size.toLocaleString('en-US')} series, ${library}`,
    ...FIGURES.map(([figure]) => {
      const own = medianOf(library, size, figure);
      const ratio = library === 'pitot' ? '' : ` (${(own / medianOf('pitot', size, figure)).toFixed(1)}×)`;
      return `${own.toFixed(own < 10 ? 1 : 0)}${ratio}`;
    }),
  ]),
);
const charts = FIGURES.map(([figure, title]) => {
  const lines: Line[] = LIBRARIES.map((name) => ({
    name,
    points: SIZES.map((size) => [size, medianOf(name, size, figure)] as const),
  }));
  const file = `growth-${figure}.svg`;
  writeChart(file, title, ['series', title.replace(/^.*, /, '')], lines);
  return `![${title}](${file})`;
});
writeResults(
  'growth',
  `Processor time of all threads of the service; a tenth of the series are histograms of 15 buckets. Medians of ${ROUNDS} services.\n\n${table(['', ...FIGURES.map(([, title]) => title)], rows)}\n\n${charts.join('\n')}`,
  LIBRARIES.slice(1),
);
