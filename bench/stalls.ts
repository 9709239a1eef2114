/**
 * What pitot and Sentry's event-loop-block integration say of the same stalls, and what either costs:
 * `node bench/stalls.ts`.
 *
 * A service blocks its event loop in five ways, each in a process of its own and in turn under pitot and under Sentry,
 * which reports to a server of this script. Then the cost of the examination of stalls: the processor time of requests
 * without a stall and of a stall of a fixed amount of work, by two processes that take turns, one with it and one
 * without; memory; and the processor time of idle processes, all of them during the same seconds. All of it also goes
 * into docs/stalls.md. Needs `npm run build` before it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { processorTime } from './growth/processor.ts';
import { ask, found } from './load.ts';
import { table, writeInto, writeResults } from './results.ts';
import { median, spreadOf, withQuartiles } from './statistics.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const THRESHOLD = 500;
const REPEATS = 4;
/** Pairs of processes, with and without. */
const PAIRS = 8;
/** Turns of either process of a pair, and requests of a turn. */
const TURNS = 6;
const REQUESTS = 2000;
/** Sets of idle processes, and milliseconds of each. */
const IDLE_ROUNDS = 6;
const IDLE_MS = 10_000;
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

const costs = new Map<string, number[]>();
for (let pair = 0; pair < PAIRS; pair++) {
  for (const tool of NAMES) {
    for (const [what, value] of Object.entries(await cost(tool, pair))) {
      const key = `${tool} ${what}`;
      costs.set(key, [...(costs.get(key) ?? []), value]);
    }
  }
}
const costTable = table(
  ['with the examination of stalls, of without: median (quartiles)', ...NAMES],
  ['a request', 'a stall of the same work'].map((what) => [
    `processor time of the application's thread for ${what}`,
    ...NAMES.map((tool) => withQuartiles(spreadOf(costs.get(`${tool} ${what}`) ?? []), 2)),
  ]),
);

/** The idle processes: without any tool, and by tool, with its examination of stalls and without. */
const IDLE = {
  'no tool': () => start(undefined, false, SERVICE),
  'pitot, without it': () => start('pitot', false, SERVICE),
  'pitot, with it': () => start('pitot', true, SERVICE),
  'pitot, without it and without `nodejs.eventloop.delay`': () =>
    start('pitot', false, SERVICE, { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'runtime-node' }),
  'Sentry, without it': () => start('Sentry', false, SERVICE),
  'Sentry, with it': () => start('Sentry', true, SERVICE),
};
const idle = new Map<string, number[]>();
for (let round = 0; round < IDLE_ROUNDS; round++) {
  const services = await Promise.all(Object.values(IDLE).map((begin) => begin()));
  const used = () => services.map(({ pid }) => processorTime([pid]));
  const before = used();
  await pause(IDLE_MS);
  const after = used();
  Object.keys(IDLE).forEach((name, i) => {
    const perSecond = (((after[i] ?? 0) - (before[i] ?? 0)) * 1000) / IDLE_MS;
    idle.set(name, [...(idle.get(name) ?? []), perSecond]);
  });
  for (const { end } of services) end();
}
const idleTable = table(
  ['processor time of an idle process, ms a second', 'median (quartiles)'],
  [...idle].map(([name, values]) => [name, withQuartiles(spreadOf(values), 2)]),
  'text',
);
const added = NAMES.map(
  (tool) => `${tool} ${(median(costs.get(`${tool} memory`) ?? []) / 2 ** 20).toFixed(0)} MiB`,
);
const memory = `The examination of stalls adds to the memory of the process (medians of ${PAIRS}): ${added.join('; ')}.`;
const all = `${comparison}\n\n${costTable}\n\n${idleTable}\n\n${memory}`;

writeResults('stalls', `Each kind of stall ${REPEATS} times; the threshold is ${THRESHOLD} ms.\n\n${all}`, [
  '@sentry/node-native',
  '@sentry/node',
]);
writeInto('docs/stalls.md', 'stalls.ts', all);
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
    const [last] = stalls;
    if (last?.isOver !== true || (last.cause === undefined && last.unexplained === undefined)) continue;
    const { cause, stack = [], unexplained = 'no stack' } = last;
    const [own] = stack;
    const calling = cause?.calling === undefined ? '' : `, calling \`${cause.calling}\``;
    return {
      place: own === undefined ? unexplained : `\`${own.function}\` (${fileName(own.file)}:${own.line})`,
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

/**
 * What the examination of stalls costs, by a process with it and one without, which take turns. Processor time changes
 * little if the machine is busy.
 */
async function cost(tool: Tool, pair: number): Promise<Record<string, number>> {
  const [on, off] = await Promise.all([start(tool, true, SERVICE), start(tool, false, SERVICE)]);
  const order = pair % 2 === 0 ? [on, off] : [off, on];
  const spent = new Map([on, off].map((service) => [service, { requests: 0, stall: 0 }]));
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const service of order) {
      const before = await threadTime(service);
      let left = REQUESTS;
      await ask(`${service.url}/work`, () => --left > 0);
      const sum = spent.get(service);
      // The first turn warms it up.
      if (sum !== undefined && turn > 0) sum.requests += (await threadTime(service)) - before;
    }
  }
  const [memory = 0, without = 0] = await Promise.all(
    [on, off].map(async (service) => Number(await get(service, '/memory'))),
  );
  for (const service of order) {
    const before = await threadTime(service);
    await get(service, '/loop');
    const sum = spent.get(service);
    if (sum !== undefined) sum.stall = (await threadTime(service)) - before;
  }
  on.end();
  off.end();
  const ratio = (what: 'requests' | 'stall') =>
    (spent.get(on)?.[what] ?? Number.NaN) / (spent.get(off)?.[what] ?? Number.NaN);
  return {
    'a request': ratio('requests'),
    'a stall of the same work': ratio('stall'),
    memory: memory - without,
  };
}

async function get({ url }: Started, path: string): Promise<string> {
  return (await fetch(url + path)).text();
}

/** Microseconds that the application's thread has run. */
async function threadTime(service: Started): Promise<number> {
  return JSON.parse(await get(service, '/cpu'))[0];
}

interface Started {
  readonly pid: number;
  readonly url: string;
  /** Of pitot. */
  readonly endpoint: string;
  end(): void;
}

async function start(
  tool: Tool | undefined,
  isOn: boolean,
  program: string,
  further: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const preloads =
    tool === undefined ? [] : ['--import', pathToFileURL(join(REPOSITORY, TOOLS[tool].preload)).href];
  const own = tool === undefined ? {} : TOOLS[tool].env(isOn);
  const child: ChildProcess = spawn(process.execPath, [...preloads, join(REPOSITORY, program)], {
    cwd: REPOSITORY,
    env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...own, ...further },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => {
    process.off('exit', end);
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const { stdout, stderr, pid } = child;
  if (stdout === null || stderr === null || pid === undefined) throw new Error('no process');
  const [place, endpoint] = await Promise.all([
    found(stdout, /http:\S+|\d+$/),
    tool === 'pitot' ? found(stderr, /http:\/\/[^\s/]+/) : '',
  ]);
  // Sentry's worker starts a moment after the service.
  await pause(2000);
  return { pid, url: place.startsWith('http') ? place : `http://127.0.0.1:${place}`, endpoint, end };
}

function fileName(file: string): string {
  return file.split('/').at(-1) ?? file;
}
