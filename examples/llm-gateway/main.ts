import { setTimeout as pause } from 'node:timers/promises';
import { createGateway, listen } from './gateway.ts';
import { Keys } from './keys.ts';
import { gateway, observeDatabase } from './metrics.ts';
import { createProvider } from './provider.ts';
import { runRound } from './traffic.ts';

/*
 * PORT           the gateway's port; 0 takes a free one. Default: 3001.
 * UPSTREAM       base URL of the provider's API, such as https://api.openai.com/v1. Default: one in this process.
 * OBSERVE_EVERY  milliseconds between two reads of the database. Default: 5000.
 * VERSION        what the metric of the build says. Default: dev.
 * TRAFFIC        milliseconds between two rounds of requests that the gateway sends to itself, or `off`.
 *                Default: 10000.
 */
const { PORT = '3001', UPSTREAM, OBSERVE_EVERY = '5000', TRAFFIC = '10000', VERSION = 'dev' } = process.env;

gateway['build.info'].record(1, { version: VERSION });
const keys = new Keys();
const tenants = {
  named: keys.create({ name: 'acme', isNamed: true, requestsPerMinute: 4 }),
  unnamed: keys.create({ name: 'globex', isNamed: false, requestsPerMinute: 2 }),
  revoked: keys.create({ name: 'initech', isNamed: true, requestsPerMinute: 10 }),
};
keys.revoke(tenants.revoked);

const provider = UPSTREAM === undefined ? await listen(createProvider(), 0) : undefined;
const upstream = UPSTREAM ?? `${provider?.url}/v1`;
const { server, url } = await listen(createGateway({ keys, upstream }), Number(PORT));
const stopObserving = observeDatabase(keys, Number(OBSERVE_EVERY));
console.log(`llm-gateway listening on ${url}`);

const stop = new AbortController();
const traffic = TRAFFIC === 'off' ? undefined : makeTraffic(Number(TRAFFIC));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, shutDown);

async function makeTraffic(every: number): Promise<void> {
  try {
    while (!stop.signal.aborted) {
      const { asked, unexpected } = await runRound(url, tenants);
      console.log(`traffic: ${asked} requests, ${unexpected.length} unexpected answers`);
      await pause(every, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) console.error('traffic failed:', error);
  }
}

/** Closes everything; the process then ends by itself, with exit code 0. */
async function shutDown(): Promise<void> {
  stop.abort();
  await traffic;
  stopObserving();
  server.close();
  provider?.server.close();
  keys.close();
}
