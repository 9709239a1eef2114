/**
 * The cost of a profile on demand for the application: `node bench/profiles.ts`.
 *
 * A service under pitot receives requests as fast as it answers. Windows without a profile, with a CPU profile and with
 * a heap profile take turns in one process; compared is the processor time of the application's thread for a request,
 * which a busy machine changes little. Then the longest delay of the event loop while a profile of two seconds is
 * taken, of a service without requests and with a small and a large heap. Needs `npm run build` before it.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ask, found } from './load.ts';
import { table, writeResults } from './results.ts';
import { median, spreadOf, withQuartiles } from './statistics.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const TOKEN = 'a-token-for-the-benchmark';
const ROUNDS = 9;
const WINDOW_MS = 2000;
/** Seconds of a profile, from before its window until after it. */
const PROFILE_S = 3;
const PAUSE_ROUNDS = 3;
const HEAPS_MB = [0, 300];

const KINDS = { 'CPU profile': 'profile', 'heap profile': 'heap' } as const;
type Kind = keyof typeof KINDS;
const ALL = Object.keys(KINDS) as Kind[];

const folder = mkdtempSync(join(tmpdir(), 'pitot-bench-'));
const tokens = join(folder, 'tokens');
writeFileSync(tokens, `${TOKEN}\n`, { mode: 0o600 });

const service = await start();
await window();
const during = new Map<Kind, number[]>();
for (let round = 0; round < ROUNDS; round++) {
  for (const kind of ALL) {
    const [before, amid, after] = [await window(), await profiled(kind), await window()];
    during.set(kind, [...(during.get(kind) ?? []), (2 * amid) / (before + after)]);
  }
}
service.end();

const pauses: string[][] = [];
for (const megabytes of HEAPS_MB) {
  const heaps: number[] = [];
  const longest: Record<'none' | Kind, number[]> = { none: [], 'CPU profile': [], 'heap profile': [] };
  for (let round = 0; round < PAUSE_ROUNDS; round++) {
    const { get, profile, end } = await start();
    heaps.push(Number(await get(`/fill?mb=${megabytes}`)) / 2 ** 20);
    for (const what of ['none', ...ALL] as const) {
      await get('/delay');
      await (what === 'none' ? pause(2000) : profile(what, 2));
      longest[what].push(Number(await get('/delay')));
    }
    end();
  }
  const of = (what: keyof typeof longest) => `${median(longest[what]).toFixed(0)} ms`;
  pauses.push([`${median(heaps).toFixed(0)} MiB of heap`, of('none'), ...ALL.map(of)]);
}
rmSync(folder, { recursive: true });

writeResults(
  'profiles',
  `${table(
    ['while it is taken', ...ALL],
    [
      [
        'processor time of a request, of that without: median (quartiles)',
        ...ALL.map((kind) => withQuartiles(spreadOf(during.get(kind) ?? []), 2)),
      ],
    ],
  )}

${table(['longest delay of the event loop', 'no profile', ...ALL], pauses)}`,
  [],
);

/** Microseconds of the application's thread for a request. */
async function window(): Promise<number> {
  const cpu = async () => Number(JSON.parse(await service.get('/cpu'))[0]);
  const before = await cpu();
  const end = performance.now() + WINDOW_MS;
  let answered = 0;
  await ask(`${service.url}/work`, () => {
    answered++;
    return performance.now() < end;
  });
  return ((await cpu()) - before) / answered;
}

async function profiled(kind: Kind): Promise<number> {
  const taking = service.profile(kind, PROFILE_S);
  await pause(500);
  const cost = await window();
  await taking;
  return cost;
}

async function start() {
  const child = spawn(
    process.execPath,
    [
      '--import',
      pathToFileURL(join(REPOSITORY, 'dist/instrumentation.js')).href,
      join(REPOSITORY, 'bench/stalls-service.mjs'),
    ],
    {
      cwd: REPOSITORY,
      env: {
        ...process.env,
        OTEL_EXPORTER_PROMETHEUS_PORT: '0',
        PITOT_PPROF: 'true',
        PITOT_BEARER_TOKEN_FILE: tokens,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const end = () => {
    process.off('exit', end);
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const [url, endpoint] = await Promise.all([
    found(child.stdout, /http:\S+/),
    found(child.stderr, /http:\/\/[^\s/]+/),
  ]);
  return {
    url,
    get: async (path: string) => (await fetch(url + path)).text(),
    async profile(kind: Kind, seconds: number) {
      const response = await fetch(`${endpoint}/debug/pprof/${KINDS[kind]}?seconds=${seconds}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      if (!response.ok) throw new Error(await response.text());
      await response.arrayBuffer();
    },
    end,
  };
}
