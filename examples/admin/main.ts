import cluster from 'node:cluster';
import { once } from 'node:events';
import { openCache } from './cache.ts';
import { observeBusiness } from './metrics.ts';
import { createApp } from './routes.ts';
import { openStore, SCHEMA, temporaryDatabase } from './store.ts';
import { runTraffic } from './traffic.ts';

/*
 * PORT            the service's port; 0 takes a free one. Default: 3003.
 * DATABASE_URL    a PostgreSQL, such as postgres://user@host/database. Default: an SQLite in a temporary folder.
 * REDIS_URL       a Redis, such as redis://host:6379. Default: memory of each process.
 * PROCESSES       how many of them serve. Default: 4.
 * OBSERVE_EVERY   milliseconds between two questions to the database. Default: 5000.
 * TRAFFIC         milliseconds between two rounds of traffic that the service sends to itself, or `off`. Default: 2000.
 * TRAFFIC_ROUNDS  ends the traffic after this many rounds and prints what it did. Default: no end.
 */
const {
  PORT = '3003',
  DATABASE_URL,
  REDIS_URL,
  PROCESSES = '4',
  OBSERVE_EVERY = '5000',
  TRAFFIC = '2000',
  TRAFFIC_ROUNDS = 'Infinity',
} = process.env;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

if (cluster.isPrimary) await lead();
else await serve(String(DATABASE_URL));

/** Prepares the database, starts the processes that serve, and makes the traffic. */
async function lead(): Promise<void> {
  const database = DATABASE_URL ?? temporaryDatabase();
  const store = openStore(database);
  await store.query(SCHEMA);
  await store.close();
  const workers = Array.from({ length: Number(PROCESSES) }, () => cluster.fork({ DATABASE_URL: database }));
  stop.signal.addEventListener('abort', () => {
    for (const worker of workers) worker.kill('SIGTERM');
  });
  const listening = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const [{ port }] = listening[0] as [{ port: number }];
  const url = `http://localhost:${port}`;
  console.log(`admin listening on ${url}`);
  if (TRAFFIC === 'off') return;
  const options = { url, every: Number(TRAFFIC), rounds: Number(TRAFFIC_ROUNDS), signal: stop.signal };
  await runTraffic(options).then(
    (report) => console.log(`traffic done: ${JSON.stringify(report)}`),
    (error) => console.error('traffic failed:', error),
  );
}

/** One of the processes that serve. */
async function serve(database: string): Promise<void> {
  const store = openStore(database);
  const cache = await openCache(REDIS_URL);
  const observations = observeBusiness(store, Number(OBSERVE_EVERY));
  const server = createApp({ store, cache }).listen(Number(PORT), 'localhost');
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  server.close();
  server.closeAllConnections();
  for (const observation of observations) observation.stop();
  cache.close();
  await store.close();
  process.disconnect();
}
