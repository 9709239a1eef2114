/** One endpoint for many processes: how long a scrape takes, and what it costs the process that serves it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { table, writeResults } from './results.ts';

const PROCESSES = 16;
const SERIES = 2000;
const SCRAPES = 15;
const CONTESTANTS = ['pitot', 'prom-client', '@prometheus-io/client'] as const;

interface Contestant {
  readonly name: string;
  readonly child: ChildProcess;
  readonly metrics: string;
  readonly control: string;
  readonly times: number[];
  bytes: number;
}

async function start(name: string): Promise<Contestant> {
  const port = await freePort();
  const door = name === 'pitot' ? ['--import', join(import.meta.dirname, '../instrumentation.ts')] : [];
  const app = join(import.meta.dirname, 'processes-app.ts');
  const child = spawn(process.execPath, [...door, app, name, String(PROCESSES), String(SERIES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,express,runtime-node,host-metrics',
    },
  });
  if (child.stdout === null) throw new Error('no output');
  const [line]: string[] = await once(createInterface(child.stdout), 'line');
  const control = `http://127.0.0.1:${line?.replace('port ', '')}`;
  const metrics = name === 'pitot' ? `http://127.0.0.1:${port}/metrics` : `${control}/metrics`;
  return { name, child, metrics, control, times: [], bytes: 0 };
}

/** Milliseconds until the whole body is there, if all processes are in it. */
async function scrape(contestant: Contestant): Promise<number> {
  const start = performance.now();
  const body = await (await fetch(contestant.metrics)).text();
  const time = performance.now() - start;
  contestant.bytes = body.length;
  const counted = /^duration_count\{[^}]*route="\/route\/0"[^}]*\} (\d+)/m.exec(body)?.[1];
  if (Number(counted) !== PROCESSES) throw new Error(`${contestant.name} counted ${counted} processes`);
  return time;
}

async function untilComplete(contestant: Contestant): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const isComplete = await scrape(contestant).then(
      () => true,
      () => false,
    );
    if (isComplete) return;
    await pause(200);
  }
  await scrape(contestant);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

// One after the other: the processes of one are enough for a machine.
const rows: string[][] = [];
let own = Number.NaN;
for (const name of CONTESTANTS) {
  const contestant = await start(name);
  try {
    await untilComplete(contestant);
    await fetch(`${contestant.control}/reset`);
    for (let i = 0; i < SCRAPES; i++) {
      contestant.times.push(await scrape(contestant));
      await pause(200);
    }
    const answer: unknown = await (await fetch(contestant.control)).json();
    const { stall, memory } = answer as { stall: number; memory: number };
    const time = median(contestant.times);
    if (name === 'pitot') own = time;
    const ratio = name === 'pitot' ? '' : ` (${(time / own).toFixed(1)}×)`;
    rows.push([
      name,
      `${time.toFixed(0)}${ratio}`,
      stall.toFixed(0),
      (memory / 2 ** 20).toFixed(0),
      (contestant.bytes / 1e6).toFixed(1),
    ]);
  } finally {
    if (contestant.child.kill('SIGKILL')) await once(contestant.child, 'exit');
  }
}
const header = [
  '',
  'scrape, ms',
  "longest stall of the primary's event loop, ms",
  "primary's memory, MiB",
  'body, MB',
];
writeResults(
  'processes',
  `${PROCESSES} processes of ${SERIES} series each, a tenth of them histograms of 15 buckets.\n\n${table(header, rows)}`,
  CONTESTANTS.slice(1),
);
