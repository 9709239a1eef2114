import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { createApi } from './api.ts';
import { Models } from './models.ts';
import { createOperatorsServer } from './operators.ts';
import { runTraffic } from './traffic.ts';

/*
 * PORT            for clients; 0 takes a free one. Default: 3004.
 * OPERATORS_PORT  for operators; 0 takes a free one. Default: 3005.
 * TRAFFIC         milliseconds between two rounds of traffic that the service sends to itself, or `off`. Default: 1000.
 * TRAFFIC_ROUNDS  ends the traffic after this many rounds and prints what it did. Default: no end.
 */
const { PORT = '3004', OPERATORS_PORT = '3005', TRAFFIC = '1000', TRAFFIC_ROUNDS = 'Infinity' } = process.env;

const models = new Models();
const servers = [createAdaptorServer(createApi(models)) as Server, createOperatorsServer(models)] as const;
const api = await listen(servers[0], Number(PORT));
const operators = await listen(servers[1], Number(OPERATORS_PORT));
console.log(`model-api listening on ${api}, for operators on ${operators}`);

const stop = new AbortController();
const traffic = TRAFFIC === 'off' ? undefined : makeTraffic(Number(TRAFFIC), Number(TRAFFIC_ROUNDS));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, shutDown);

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port');
  return `http://localhost:${address.port}`;
}

async function makeTraffic(every: number, rounds: number): Promise<void> {
  try {
    const report = await runTraffic({ api, operators, every, rounds, signal: stop.signal });
    console.log(`traffic done: ${JSON.stringify(report)}`);
  } catch (error) {
    console.error('traffic failed:', error);
  }
}

/** Closes everything; the process then ends by itself, with exit code 0. */
async function shutDown(): Promise<void> {
  stop.abort();
  await traffic;
  for (const server of servers) server.close();
  models.close();
}
