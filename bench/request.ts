/**
 * The processor time of a request while a service is cold and once it is warm, and where it goes. See README.md.
 * `node bench/request.ts [--rounds 5]`; a run with that option only prints its results.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/harness/free-port.ts';
import { type Graph, type Profile, writeFlames } from './flames.ts';
import { mainThreadTime, processorTime } from './growth/processor.ts';
import { prepareHttp, type Service, startService } from './http-run.ts';
import { table, writeResults } from './results.ts';
import { inTurn } from './rounds.ts';
import { send } from './send.ts';
import { spreadOf, withQuartiles } from './statistics.ts';

const { values: given } = parseArgs({ options: { rounds: { type: 'string' } } });
const ROUNDS = Number(given.rounds ?? 5);
const CONNECTIONS = 32;

/** A service gets these requests one window after the other. */
const WINDOWS = [
  { name: 'the first 5,000', requests: 5_000 },
  { name: 'the next 20,000', requests: 20_000 },
  { name: 'the next 50,000', requests: 50_000 },
];
/** Contestants take turns after so many requests, so that other work on the machine meets all of them. */
const TURN = 2_500;
/** Before a profile, and in it. */
const WARM_UP = 75_000;
const PROFILED = 100_000;
const SAMPLING_MICROSECONDS = 200;
const IMAGES = '../docs/images/request';

const FRAMEWORKS = ['express', 'node:http'] as const;
const CONTESTANTS = ['uninstrumented', 'pitot'] as const;

/** Microseconds of processor time a request. */
interface Cost {
  /** Of the application's thread. */
  readonly thread: number;
  /** Of all threads, the hub's included. */
  readonly all: number;
}

/** Of one new service of each contestant, in this order: the costs of its windows. */
async function costs(
  framework: string,
  contestants: readonly string[],
): Promise<readonly (readonly Cost[])[]> {
  const services = await Promise.all(contestants.map((contestant) => startService(framework, contestant)));
  try {
    const all: (readonly Cost[])[] = [];
    for (const { requests } of WINDOWS) all.push(await costsOf(services, requests));
    return services.map((_, service) => all.map((costs) => costs[service]!));
  } finally {
    for (const service of services) await service.end();
  }
}

async function costsOf(services: readonly Service[], requests: number): Promise<readonly Cost[]> {
  const costs = services.map(() => ({ thread: 0, all: 0 }));
  for (let sent = 0; sent < requests; sent += TURN) {
    for (const [i, { pid, url }] of services.entries()) {
      const before = { thread: mainThreadTime(pid), all: processorTime([pid]) };
      await send(url, TURN, CONNECTIONS);
      costs[i]!.thread += mainThreadTime(pid) - before.thread;
      costs[i]!.all += processorTime([pid]) - before.all;
    }
  }
  return costs.map(({ thread, all }) => ({
    thread: (1000 * thread) / requests,
    all: (1000 * all) / requests,
  }));
}

/** What the application's thread of a warm service does. */
async function profiled(framework: string, contestant: string): Promise<Graph> {
  const port = await freePort();
  const flags = [`--inspect=127.0.0.1:${port}`, '--inspect-publish-uid=http'];
  const service = await startService(framework, contestant, flags);
  try {
    await send(service.url, WARM_UP, CONNECTIONS);
    const inspector = await inspect(port);
    await inspector.ask('Profiler.enable');
    await inspector.ask('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });
    await inspector.ask('Profiler.start');
    await send(service.url, PROFILED, CONNECTIONS);
    const { profile } = await inspector.ask<{ readonly profile: Profile }>('Profiler.stop');
    inspector.close();
    return { title: `${framework}, ${contestant}`, profile };
  } finally {
    await service.end();
  }
}

/** A connection to the inspector of a process. (Chrome DevTools protocol) */
async function inspect(port: number) {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const [{ webSocketDebuggerUrl }] = targets as [{ readonly webSocketDebuggerUrl: string }];
  const socket = new WebSocket(webSocketDebuggerUrl);
  const answers = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result }: { readonly id?: number; readonly result?: unknown } = JSON.parse(data);
    if (id !== undefined) answers.get(id)?.(result);
  });
  await new Promise((resolve) => socket.addEventListener('open', resolve));
  return {
    ask<Result>(method: string, params: object = {}): Promise<Result> {
      const id = answers.size + 1;
      socket.send(JSON.stringify({ id, method, params }));
      return new Promise((resolve) => {
        answers.set(id, resolve as (result: unknown) => void);
      });
    },
    close: () => socket.close(),
  };
}

prepareHttp(FRAMEWORKS);
const measured = await inTurn(FRAMEWORKS, ROUNDS, async (framework, round) => {
  const isOdd = round % 2 === 1;
  const all = await costs(framework, isOdd ? CONTESTANTS.toReversed() : CONTESTANTS);
  const [without = [], pitot = []] = isOdd ? all.toReversed() : all;
  const texts = without.map(
    (one, window) => `${one.thread.toFixed(1)} and ${pitot[window]!.thread.toFixed(1)}`,
  );
  console.error(`round ${round + 1}: ${framework}, without and with pitot: ${texts.join(', ')} µs`);
  return { without, pitot };
});
/** Of a window: one pair for each round. */
function pairs(framework: (typeof FRAMEWORKS)[number], window: number) {
  const rounds = measured.get(framework) ?? [];
  return rounds.map(({ without, pitot }) => [without[window]!, pitot[window]!] as const);
}

const rows = FRAMEWORKS.flatMap((framework) =>
  WINDOWS.map(({ name }, window) => {
    const cell = (digits: number, figure: (without: Cost, pitot: Cost) => number) =>
      withQuartiles(spreadOf(pairs(framework, window).map((pair) => figure(...pair))), digits);
    return [
      `${framework}: ${name}`,
      cell(1, (without) => without.thread),
      cell(1, (without, pitot) => pitot.thread - without.thread),
      cell(2, (without, pitot) => pitot.thread / without.thread),
      cell(2, (without, pitot) => pitot.all / without.all),
    ];
  }),
);
const header = [
  'requests',
  'uninstrumented, µs',
  'pitot adds, µs',
  "the thread's, ratio",
  "all threads', ratio",
];
const text =
  `Processor time of a request over ${CONNECTIONS} connections, of the application's thread and of all threads; ` +
  `medians and quartiles of ${ROUNDS} pairs of services, which take turns.\n\n${table(header, rows)}`;
if (given.rounds !== undefined) console.log(text);
else {
  const images: string[] = [];
  for (const framework of FRAMEWORKS) {
    const graphs: Graph[] = [];
    for (const contestant of CONTESTANTS) graphs.push(await profiled(framework, contestant));
    const image = `${IMAGES}/${framework.replace(':', '-')}.svg`;
    writeFlames(join(import.meta.dirname, image), graphs);
    images.push(`![where the time of a request goes, ${framework}](${image})`);
  }
  writeResults('request', `${text}\n\n${images.join('\n')}`, ['express']);
}
