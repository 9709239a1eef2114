/** The overhead of each automatic source on an operation of its library. See README.md. */

import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lifetime } from '../test/harness/lifetime.ts';
import { startMariadb } from '../test/harness/mariadb.ts';
import { startPostgres } from '../test/harness/postgres.ts';
import { startRedis } from '../test/harness/redis.ts';
import { startScriptedMongodb } from '../test/harness/scripted-mongodb.ts';
import type { Cost } from './instruments-service.ts';
import { type Workload, workloads } from './instruments-workloads.ts';
import { table, writeResults } from './results.ts';
import { median } from './statistics.ts';

const ROUNDS = 15;
/** Milliseconds for which one of the two repeats the operation, in a round. */
const SLICE = 300;
const DOOR = pathToFileURL(join(import.meta.dirname, '../src/instrumentation.ts')).href;

const SERVERS: Readonly<Record<NonNullable<Workload['server']>, (lifetime: Lifetime) => Promise<number>>> = {
  postgres: async (lifetime) => (await startPostgres(lifetime)).port,
  mariadb: async (lifetime) => (await startMariadb(lifetime)).port,
  redis: async (lifetime) => (await startRedis(lifetime)).port,
  mongodb: async (lifetime) => {
    const cursor = { ns: 'shop.users', id: 0n, firstBatch: [{ name: 'Rex' }] };
    return (
      await startScriptedMongodb(lifetime, (command) => ('find' in command ? { ok: 1, cursor } : { ok: 1 }))
    ).port;
  },
  http: async (lifetime) => {
    const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    lifetime.after(() => void server.close().closeAllConnections());
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  },
};

/** pitot with everything in it, with or without that one source. */
async function start(name: string, { source }: Workload, port: number, isOn: boolean): Promise<ChildProcess> {
  const setting =
    source === 'ws'
      ? { PITOT_WEBSOCKETS: isOn ? 'ws' : '' }
      : { OTEL_NODE_DISABLED_INSTRUMENTATIONS: isOn ? '' : source };
  const child = fork(join(import.meta.dirname, 'instruments-service.ts'), [name, String(port)], {
    execArgv: ['--import', DOOR],
    env: { ...process.env, ...setting, OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_LOG_LEVEL: 'ERROR' },
  });
  await once(child, 'message');
  useProcessor('0', String(child.pid));
  return child;
}

/** The application's threads have a processor of their own. Servers and other work use the others. */
function useProcessor(processors: string, ...target: readonly string[]): void {
  if (availableParallelism() > 1) execFileSync('taskset', ['-cp', processors, ...target]);
}

async function ask(child: ChildProcess, times: number): Promise<Cost> {
  child.send(times);
  const [cost]: Cost[] = await once(child, 'message');
  if (cost === undefined) throw new Error('expected a cost');
  return cost;
}

async function compare(name: string, workload: Workload): Promise<string[]> {
  const ends: (() => void | Promise<void>)[] = [];
  const lifetime: Lifetime = { after: (end) => void ends.push(end) };
  try {
    const port = workload.server === undefined ? 0 : await SERVERS[workload.server](lifetime);
    const off = await start(name, workload, port, false);
    const on = await start(name, workload, port, true);
    lifetime.after(() => void [off, on].forEach((child) => void child.kill()));
    let times = 100;
    for (let i = 0; i < 6; i++) {
      const { clock } = await ask(off, times);
      await ask(on, times);
      times = Math.max(100, Math.round((SLICE * 1000) / clock));
    }
    const rounds: { readonly off: Cost; readonly on: Cost }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) {
        const first = await ask(off, times);
        rounds.push({ off: first, on: await ask(on, times) });
      } else {
        const first = await ask(on, times);
        rounds.push({ on: first, off: await ask(off, times) });
      }
    }
    const over = (figure: (round: (typeof rounds)[number]) => number) => median(rounds.map(figure));
    return [
      `${name}: ${workload.operation}`,
      over(({ off: { processor } }) => processor).toFixed(2),
      over(({ off, on }) => on.processor - off.processor).toFixed(2),
      over(({ off, on }) => on.processor / off.processor).toFixed(3),
      over(({ off, on }) => on.clock / off.clock).toFixed(3),
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

// Before the start of the servers, because they inherit the processors of this process.
useProcessor(availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0', String(process.pid));
const only = process.argv.slice(2);
const rows: string[][] = [];
for (const [name, workload] of Object.entries(workloads)) {
  if (only.length === 0 || only.includes(name)) rows.push(await compare(name, workload));
}
const header = ['', 'without, µs', 'the source adds, µs', 'processor time, ratio', 'by the clock, ratio'];
const text = table(header, rows);
if (only.length > 0) console.log(text);
else {
  const peers = [
    ...['better-sqlite3', 'pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'ws'],
    ...['@grpc/grpc-js', '@aws-sdk/client-dynamodb', 'graphql'],
  ];
  writeResults(
    'instruments',
    `Processor time of the application's thread for one operation, one after the other, and what the source adds.\n\n${text}`,
    peers,
  );
}
