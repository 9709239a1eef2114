/** One endpoint for many processes: the time of a scrape, and its cost for the process that serves it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../test/harness/free-port.ts';
import { table, writeResults } from './results.ts';
import { untilWarm } from './rounds.ts';
import { beside, MARK, type Spread, spreadOf } from './statistics.ts';

/** `node bench/processes.ts 4` has as many, and is printed alone. */
const PROCESSES = Number(process.argv[2] ?? 16);
const SERIES = 2000;
const SCRAPES = 15;
/** Milliseconds between two of them. */
const PAUSE = 200;
/** Scrapes in a row by which a warm-up looks whether they cost less than before, and the most such rows. */
const WARMING = 10;
const WARM_UP = 10;
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
  const door = name === 'pitot' ? ['--import', 'pitot/instrumentation'] : [];
  const app = join(import.meta.dirname, 'processes-app.mjs');
  const child = spawn(process.execPath, [...door, app, name, String(PROCESSES), String(SERIES)], {
    // Where `pitot` is this package, as a user has it: the sources would also be measured being compiled.
    cwd: join(import.meta.dirname, '..'),
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

/** `fetch` asks for gzip, and only pitot would compress. bench/scrape.ts has the price of that. */
const UNCOMPRESSED = { headers: { 'accept-encoding': 'identity' } };

/** Milliseconds until the whole body is there, if all processes are in it. */
async function scrape(contestant: Contestant): Promise<number> {
  const start = performance.now();
  const body = await (await fetch(contestant.metrics, UNCOMPRESSED)).text();
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

/** Scrapes until that takes no less processor time. Each process has run its code a few times only. */
async function warmUp(contestant: Contestant): Promise<void> {
  await untilWarm(async () => {
    const before = spentBy(contestant.child);
    for (let i = 0; i < WARMING; i++) {
      await scrape(contestant);
      await pause(PAUSE / 4);
    }
    return between(before, spentBy(contestant.child)).processor;
  }, WARM_UP);
}

/**
 * Gives the primary's application thread a processor of its own, and all other threads the others. So only the library
 * can keep the thread waiting, and not a lack of processors.
 */
function giveProcessor({ pid }: ChildProcess): void {
  const processors = availableParallelism();
  if (processors < 2 || pid === undefined) return;
  for (const each of [pid, ...childrenOf(pid)]) {
    execFileSync('taskset', ['-acp', `1-${processors - 1}`, String(each)]);
  }
  execFileSync('taskset', ['-cp', '0', String(pid)]);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

/** The memory of all processes in bytes, in which pages that several of them map count once. (PSS of proc(5)) */
function memoryOfAll({ pid = 0 }: ChildProcess): number {
  const kibibytes = [pid, ...childrenOf(pid)].map((each) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'latin1'))?.[1]),
  );
  return kibibytes.reduce((sum, one) => sum + one, 0) * 1024;
}

/** Milliseconds of the clock since the machine's start, and of processor time that all processes have taken. */
interface Spent {
  readonly clock: number;
  readonly processor: number;
}

/** Times in proc(5) are in hundredths of a second. */
const TICK = 10;

function spentBy({ pid = 0 }: ChildProcess): Spent {
  const ticks = [pid, ...childrenOf(pid)].map((each) => {
    const [user, system] =
      readFileSync(`/proc/${each}/stat`, 'latin1').split(') ')[1]?.split(' ').slice(11) ?? [];
    return Number(user) + Number(system);
  });
  return { clock: performance.now(), processor: ticks.reduce((sum, one) => sum + one, 0) * TICK };
}

/** Processor time in the time between two moments. */
function between(before: Spent, after: Spent): { readonly processor: number; readonly perMs: number } {
  const processor = after.processor - before.processor;
  return { processor, perMs: processor / (after.clock - before.clock) };
}

/** The longest stall of the primary's event loop while something is done, in milliseconds, and its memory. */
async function watching(
  { control }: Contestant,
  doing: () => Promise<void>,
): Promise<{ readonly stall: number; readonly memory: number }> {
  await fetch(`${control}/reset`);
  await doing();
  const answer: unknown = await (await fetch(control)).json();
  return answer as { stall: number; memory: number };
}

/** What a scrape takes of all processes' processor time, beside what they take without scrapes. */
function processorOfScrape([begin, idle, end]: readonly Spent[]): number {
  if (begin === undefined || idle === undefined || end === undefined) return Number.NaN;
  const scraping = between(idle, end).processor - between(begin, idle).perMs * (end.clock - idle.clock);
  return scraping / SCRAPES;
}

// One contestant after the other, because the processes of one fill a machine.
const rows: string[][] = [];
let own: Spread | undefined;
let ownProcessor: number | undefined;
for (const name of CONTESTANTS) {
  const contestant = await start(name);
  try {
    await untilComplete(contestant);
    await warmUp(contestant);
    const scrapes = async () => {
      for (let i = 0; i < SCRAPES; i++) {
        contestant.times.push(await scrape(contestant));
        await pause(PAUSE);
      }
    };
    await scrapes();
    const time = spreadOf(contestant.times);
    own ??= time;
    giveProcessor(contestant.child);
    const moments = [spentBy(contestant.child)];
    const idle = await watching(contestant, () => pause(SCRAPES * PAUSE));
    moments.push(spentBy(contestant.child));
    const { stall, memory } = await watching(contestant, scrapes);
    moments.push(spentBy(contestant.child));
    const processor = processorOfScrape(moments);
    ownProcessor ??= processor;
    const times = processor === ownProcessor ? '' : ` (${(processor / ownProcessor).toFixed(1)}×)`;
    rows.push([
      name,
      beside(own, time),
      `${processor.toFixed(0)}${times}`,
      stall.toFixed(1),
      idle.stall.toFixed(1),
      (memory / 2 ** 20).toFixed(0),
      (memoryOfAll(contestant.child) / 2 ** 20).toFixed(0),
      (contestant.bytes / 1e6).toFixed(1),
    ]);
  } finally {
    if (contestant.child.kill('SIGKILL')) await once(contestant.child, 'exit');
  }
}
const header = [
  '',
  'scrape, ms',
  'processor time of all, ms',
  "longest stall of the primary's event loop, ms",
  'without scrapes, ms',
  "primary's memory, MiB",
  "all processes' memory, MiB",
  'body, MB',
];
const described = `${PROCESSES} processes of ${SERIES} series each, a tenth of them histograms of 15 buckets. Bodies are not compressed.`;
if (PROCESSES === 16)
  writeResults('processes', `${described}\n\n${table(header, rows)}\n\n${MARK}`, CONTESTANTS.slice(1));
else console.log(`${described}\n\n${table(header, rows)}\n\n${MARK}`);
