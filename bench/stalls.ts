/**
 * What pitot and Sentry's event-loop-block integration say of the same stalls, and what either costs:
 * `node bench/stalls.ts`.
 *
 * A service blocks its event loop in five ways, each in a process of its own and in turn under pitot and under Sentry,
 * which reports to a server of this script. Then, in turn and with either on and off: the processor time of requests
 * without a stall, of an idle process and of a stall of a fixed amount of work, and memory. All of it also goes into
 * docs/stalls.md. Needs `npm run build` before it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ask, found } from './load.ts';
import { table, writeInto, writeResults } from './results.ts';
import { median, spreadOf, withQuartiles } from './statistics.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const THRESHOLD = 500;
const REPEATS = 2;
const ROUNDS = 6;
/** Requests of a round, and milliseconds without any. */
const REQUESTS = 3000;
const IDLE_MS = 1500;
/** Milliseconds for a report after its stall. */
const PATIENCE = 8000;

/** The ways of the fixture, and the function that is to blame. */
const WAYS = [
  { path: '/json', what: '`JSON.parse` of 50 MB', to: 'parseRows' },
  { path: '/regexp', what: 'a regular expression', to: 'checkName' },
  { path: '/files', what: 'synchronous files', to: 'readReports' },
  { path: '/crypto', what: '`pbkdf2Sync`', to: 'hashPassword' },
  { path: '/loop', what: 'a loop', to: 'sumUp' },
] as const;
type Way = (typeof WAYS)[number];

const FIXTURE = 'test/e2e/fixtures/stalls.mjs';
const SERVICE = 'bench/stalls-service.mjs';

/** What a tool said of one stall. */
interface Said {
  /** The innermost frame of the application, as `name (file:line)`, or why there is none. */
  readonly place: string;
  readonly detail: string;
}

interface Frame {
  readonly function?: string;
  readonly filename?: string;
  readonly lineno?: number;
  readonly in_app?: boolean;
}

/** The stacks that Sentry sends, the outermost frame first. */
const sent: Frame[][] = [];
const sentry = createServer(async (request, response) => {
  for (const line of (await text(request)).split('\n')) {
    if (!line.startsWith('{"event_id"') || !line.includes('EventLoopBlocked')) continue;
    const event: { exception?: { values?: { stacktrace?: { frames?: Frame[] } }[] } } = JSON.parse(line);
    sent.push(event.exception?.values?.[0]?.stacktrace?.frames ?? []);
  }
  response.end('{}');
});
sentry.listen(0, '127.0.0.1');
await once(sentry, 'listening');
const { port } = sentry.address() as AddressInfo;

const TOOLS = {
  pitot: {
    preload: 'dist/instrumentation.js',
    env: (isOn: boolean) => ({ PITOT_STALL_CAUSES: String(isOn), PITOT_STALL_THRESHOLD: String(THRESHOLD) }),
  },
  Sentry: {
    preload: 'bench/stalls-sentry.mjs',
    env: (isOn: boolean) => ({
      SENTRY_DSN: `http://key@127.0.0.1:${port}/1`,
      BENCH_BLOCKS: isOn ? 'on' : 'off',
      BENCH_THRESHOLD: String(THRESHOLD),
    }),
  },
} as const;
type Tool = keyof typeof TOOLS;
const NAMES = ['pitot', 'Sentry'] as const;

const said = new Map<string, Said[]>();
for (let repeat = 0; repeat < REPEATS; repeat++) {
  for (const way of WAYS) {
    for (const tool of NAMES) {
      const key = `${tool} ${way.path}`;
      said.set(key, [...(said.get(key) ?? []), await stall(tool, way)]);
    }
  }
}
const comparison = table(
  ['', 'pitot', 'Sentry'],
  WAYS.map((way) => [way.what, ...NAMES.map((tool) => verdict(way, said.get(`${tool} ${way.path}`) ?? []))]),
  'text',
);

const costs = new Map<string, { on: number[]; off: number[] }>();
for (let round = 0; round < ROUNDS; round++) {
  for (const tool of NAMES) {
    for (const isOn of round % 2 === 0 ? [true, false] : [false, true]) {
      for (const [what, value] of Object.entries(await cost(tool, isOn))) {
        const key = `${tool} ${what}`;
        const values = costs.get(key) ?? { on: [], off: [] };
        values[isOn ? 'on' : 'off'].push(value);
        costs.set(key, values);
      }
    }
  }
}
const costTable = table(
  ['on, of off: median (quartiles)', ...NAMES],
  ['a request', 'a stall of the same work'].map((what) => [
    `processor time of the application's thread for ${what}`,
    ...NAMES.map((tool) => {
      const { on, off } = costs.get(`${tool} ${what}`) ?? { on: [], off: [] };
      return withQuartiles(spreadOf(on.map((value, i) => value / (off[i] ?? Number.NaN))), 2);
    }),
  ]),
);
const additions = NAMES.map((tool) => {
  const added = (what: string) => {
    const { on, off } = costs.get(`${tool} ${what}`) ?? { on: [], off: [] };
    return median(on.map((value, i) => value - (off[i] ?? Number.NaN)));
  };
  return `${tool} ${(added('memory') / 2 ** 20).toFixed(0)} MiB and ${added('idle').toFixed(1)} ms`;
});
const added = `Being on adds, in memory of the process and in processor time for each second without requests (medians of ${ROUNDS}): ${additions.join('; ')}.`;

writeResults(
  'stalls',
  `Each kind of stall ${REPEATS} times; the threshold is ${THRESHOLD} ms.

${comparison}

${costTable}

${added}`,
  ['@sentry/node-native', '@sentry/node'],
);
writeInto('docs/stalls.md', 'stalls.ts', `${comparison}\n\n${costTable}\n\n${added}`);
sentry.close();

/** One stall in a new process, and what the tool said of it. */
async function stall(tool: Tool, way: Way): Promise<Said> {
  const service = await start(tool, true, FIXTURE);
  sent.length = 0;
  await fetch(service.url + way.path);
  const report = tool === 'pitot' ? await pitotReport(service.endpoint) : await sentryReport();
  service.end();
  return report;
}

interface PitotStall {
  readonly seconds: number;
  readonly isOver: boolean;
  readonly unexplained?: string;
  readonly cause?: { readonly calling?: string; readonly isNative: boolean };
  readonly stack?: readonly { readonly function: string; readonly file: string; readonly line?: number }[];
}

async function pitotReport(endpoint: string): Promise<Said> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await pause(100)) {
    const { stalls } = (await (await fetch(`${endpoint}/stalls`)).json()) as { stalls: PitotStall[] };
    // A busy machine may have stood still before.
    const last = stalls.toSorted((a, b) => b.seconds - a.seconds)[0];
    if (last?.isOver !== true || (last.cause === undefined && last.unexplained === undefined)) continue;
    const { cause, stack = [] } = last;
    const [own] = stack;
    const calling = cause?.calling === undefined ? '' : `, calling \`${cause.calling}\``;
    return {
      place: own === undefined ? 'no stack' : `\`${own.function}\` (${fileName(own.file)}:${own.line})`,
      detail: cause?.isNative === true ? ', native' : calling,
    };
  }
  return { place: 'no report', detail: '' };
}

async function sentryReport(): Promise<Said> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await pause(100)) {
    const frames = sent[0]?.toReversed();
    if (frames === undefined) continue;
    const own = frames.find((frame) => frame.in_app === true);
    const place =
      own === undefined
        ? 'a stack without the application'
        : `\`${own.function}\` (${fileName(own.filename ?? '')}:${own.lineno})`;
    return { place, detail: '' };
  }
  return { place: 'no report', detail: '' };
}

/** What a reader of the table wants to know: whether the function was named, how often, and where. */
function verdict({ to }: Way, all: readonly Said[]): string {
  const right = all.filter(({ place }) => place.startsWith(`\`${to}\``));
  const wrong = all.filter((one) => !right.includes(one)).map(({ place }) => place);
  const [one] = right;
  if (one === undefined) return `no: ${wrong.join(', ')}`;
  const found = `${one.place}${one.detail}`;
  return wrong.length === 0
    ? `yes: ${found}`
    : `${right.length} of ${all.length}: ${found}; else ${wrong.join(', ')}`;
}

/** The cost of one round, in a new process. Processor time changes little if the machine is busy. */
async function cost(tool: Tool, isOn: boolean): Promise<Record<string, number>> {
  const service = await start(tool, isOn, SERVICE);
  const get = async (path: string) => (await fetch(service.url + path)).text();
  const cpu = async (): Promise<[thread: number, process: number]> => JSON.parse(await get('/cpu'));
  const requests = async () => {
    let left = REQUESTS;
    await ask(`${service.url}/work`, () => --left > 0);
  };
  await requests();
  const warm = await cpu();
  await requests();
  const busy = await cpu();
  const memory = Number(await get('/memory'));
  await pause(IDLE_MS);
  const idle = await cpu();
  await get('/loop');
  const stalled = await cpu();
  service.end();
  return {
    'a request': (busy[0] - warm[0]) / REQUESTS,
    'a stall of the same work': stalled[0] - idle[0],
    idle: (idle[1] - busy[1]) / IDLE_MS,
    memory,
  };
}

async function start(tool: Tool, isOn: boolean, program: string) {
  const { preload, env } = TOOLS[tool];
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', pathToFileURL(join(REPOSITORY, preload)).href, join(REPOSITORY, program)],
    {
      cwd: REPOSITORY,
      env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env(isOn) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const end = () => {
    process.off('exit', end);
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('no output');
  const [place, endpoint] = await Promise.all([
    found(stdout, /http:\S+|\d+$/),
    tool === 'pitot' ? found(stderr, /http:\/\/[^\s/]+/) : '',
  ]);
  // Sentry's worker starts a moment after the service.
  await pause(2000);
  return { url: place.startsWith('http') ? place : `http://127.0.0.1:${place}`, endpoint, end };
}

function fileName(file: string): string {
  return file.split('/').at(-1) ?? file;
}
