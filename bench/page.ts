/**
 * The cost of a viewer of pitot's page for the application: `node bench/page.ts`.
 *
 * A service under pitot receives requests as fast as it answers, on persistent connections. Each round starts a
 * service of its own, because a service keeps sampling for a while after its last viewer: in turn one without
 * any viewer, and one with a viewer. Also measured: the time until a viewer has the first numbers, and the size
 * of the page. Needs `npm run build` before it.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { found, load } from './load.ts';
import { table, writeResults } from './results.ts';
import { median } from './statistics.ts';

const REPOSITORY = join(import.meta.dirname, '..');
const ROUNDS = 6;
/** Milliseconds of a round, and of the warm-up before it. */
const ROUND = 4000;
const WARM_UP = 1000;

interface Service {
  readonly application: string;
  readonly endpoint: string;
  end(): void;
}

const rates = { nobody: [] as number[], viewer: [] as number[] };
const waits: number[] = [];
let weight = 0;
for (let round = 0; round < ROUNDS; round++) {
  const order = round % 2 === 0 ? (['nobody', 'viewer'] as const) : (['viewer', 'nobody'] as const);
  for (const who of order) {
    const service = await start();
    if (who === 'viewer') {
      const began = performance.now();
      await look(service);
      waits.push(performance.now() - began);
    }
    rates[who].push(await load(service.application, { warmUp: WARM_UP, duration: ROUND }));
    weight = await weigh(service);
    service.end();
  }
}
const [without, withViewer] = [median(rates.nobody), median(rates.viewer)];
writeResults(
  'page',
  `${table(
    ['', 'requests a second', 'slowest and fastest round', 'of them'],
    [
      ['nobody looks', without.toFixed(0), spread(rates.nobody), '100 %'],
      [
        'one viewer',
        withViewer.toFixed(0),
        spread(rates.viewer),
        `${((100 * withViewer) / without).toFixed(1)} %`,
      ],
    ],
  )}

A viewer has the first numbers after ${median(waits).toFixed(0)} ms. The page weighs ${(weight / 1000).toFixed(1)} kB, compressed.`,
  ['express'],
);
process.exit(0);

async function start(): Promise<Service> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      pathToFileURL(join(REPOSITORY, 'src/instrumentation.ts')).href,
      join(REPOSITORY, 'bench/page-service.ts'),
    ],
    {
      cwd: REPOSITORY,
      env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const end = () => {
    process.off('exit', end);
    child.kill('SIGKILL');
  };
  process.once('exit', end);
  const [application, endpoint] = await Promise.all([
    found(child.stdout, /http:\/\/[^\s]+/),
    found(child.stderr, /http:\/\/[^\s/]+/),
  ]);
  return { application, endpoint, end };
}

/** Receives the first numbers, and then all others until the service ends. */
async function look({ endpoint }: Service): Promise<void> {
  const response = await fetch(`${endpoint}/page/events`);
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error(`${response.status} without a body`);
  let text = '';
  while (!text.includes('data: ')) text += Buffer.from((await reader.read()).value ?? []).toString();
  const drain = async () => {
    while (!(await reader.read()).done);
  };
  drain().catch(() => {});
}

async function weigh({ endpoint }: Service): Promise<number> {
  let bytes = 0;
  for (const path of ['/', '/page/page.js', '/page/page.css']) {
    const { headers } = await fetch(endpoint + path, { headers: { 'accept-encoding': 'gzip' } });
    bytes += Number(headers.get('content-length'));
  }
  return bytes;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
}
