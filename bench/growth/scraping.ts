import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../test/harness/free-port.ts';
import { PITOT } from './dimension.ts';
import { family, memoryOf, processorTime } from './processor.ts';

export interface ScrapeCounts {
  /** Scrapes between the first and those that count. */
  readonly warmUp: number;
  readonly counted: number;
}

/** Milliseconds from the last recording until the first scrape. */
const SETTLING = 1500;

/** Starts a service that sends the URLs of its targets once it has recorded everything. */
export async function startService(
  program: string,
  [library, ...more]: readonly [library: string, ...more: string[]],
): Promise<{ readonly child: ChildProcess; readonly urls: readonly string[] }> {
  const port = await freePort();
  const options: ForkOptions = {
    execArgv: library === PITOT ? ['--import', 'pitot/instrumentation'] : [],
    env: {
      ...process.env,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_LOG_LEVEL: 'ERROR',
      PITOT_SCRAPE_TIMEOUT: '60000',
    },
  };
  const child = fork(program, [library, ...more], options);
  const [urls]: [readonly string[]] = await Promise.race([
    once(child, 'message') as Promise<[readonly string[]]>,
    once(child, 'exit').then(() => Promise.reject(new Error(`${library} has ended`))),
  ]);
  return { child, urls };
}

export async function stopService(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
}

/**
 * Processor time of the first and the later scrapes, in milliseconds over all threads and processes of the service, and
 * its memory after them in MiB. A scrape reads all targets of the service.
 *
 * @param check throws if a body lacks something
 */
export async function measureScrapes(
  { child, urls }: Awaited<ReturnType<typeof startService>>,
  { warmUp, counted }: ScrapeCounts,
  check: (bodies: readonly string[]) => void = () => {},
): Promise<{ readonly first: number[]; readonly later: number[]; readonly memory: number[] }> {
  const pids = () => family(child.pid ?? 0);
  const cost = async () => {
    const before = processorTime(pids());
    for (const url of urls) await scrape(url);
    return processorTime(pids()) - before;
  };
  await pause(SETTLING);
  const first = await cost();
  for (let i = 0; i < warmUp; i++) await cost();
  const later: number[] = [];
  for (let i = 0; i < counted; i++) later.push(await cost());
  const memory = memoryOf(pids());
  check(await Promise.all(urls.map(async (url) => (await fetch(url)).text())));
  return { first: [first], later, memory: [memory] };
}

async function scrape(url: string): Promise<void> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  for await (const _ of response.body ?? []) {
    // Only the service's work counts.
  }
}

/** How often the route of every part of the service was recorded, over all targets. */
export function countOf(bodies: readonly string[]): number {
  return bodies
    .flatMap((body) => body.match(/^duration_count\{[^}]*route="\/route\/0"[^}]*\} \d+/gm) ?? [])
    .reduce((sum, line) => sum + Number(/\d+$/.exec(line)?.[0]), 0);
}
