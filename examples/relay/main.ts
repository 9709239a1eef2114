import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { startService } from './service.ts';
import { runTraffic } from './traffic.ts';

/*
 * PORT               the relay's port; 0 takes a free one. Default: 3002.
 * TOKEN              what clients have to know. Default: a new one at each start.
 * METRICS_LOGIN      `user:password` for /prometheus. Default: none is needed.
 * TLS_CERT, TLS_KEY  files of the certificate and its key. Default: HTTP.
 * TRAFFIC            milliseconds between two rounds of traffic that the relay sends to itself, or `off`.
 *                    Default: 2000.
 * TRAFFIC_ROUNDS     ends the traffic after this many rounds and prints what it did. Default: no end.
 */
const {
  PORT = '3002',
  TOKEN = randomUUID(),
  METRICS_LOGIN,
  TLS_CERT,
  TLS_KEY,
  TRAFFIC = '2000',
  TRAFFIC_ROUNDS = 'Infinity',
} = process.env;

const tls =
  TLS_CERT === undefined || TLS_KEY === undefined
    ? undefined
    : { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) };
const service = await startService({ port: Number(PORT), token: TOKEN, metricsLogin: METRICS_LOGIN, tls });
console.log(`relay listening on ${service.url}`);

const stop = new AbortController();
const traffic = TRAFFIC === 'off' ? undefined : makeTraffic(Number(TRAFFIC), Number(TRAFFIC_ROUNDS));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, shutDown);

async function makeTraffic(every: number, rounds: number): Promise<void> {
  const target = { url: service.url.replace(/^http/, 'ws'), token: TOKEN, ca: tls?.cert };
  try {
    const report = await runTraffic(target, { every, rounds, signal: stop.signal });
    console.log(`traffic done: ${JSON.stringify(report)}`);
  } catch (error) {
    console.error('traffic failed:', error);
  }
}

/** Closes everything; the process then ends by itself, with exit code 0. */
async function shutDown(): Promise<void> {
  stop.abort();
  await traffic;
  service.close();
}
