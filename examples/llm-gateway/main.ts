import { setTimeout as pause } from 'node:timers/promises';
import { createGateway, listen } from './gateway.ts';
import { Keys } from './keys.ts';
import { observeDatabase } from './metrics.ts';
import { createProvider } from './provider.ts';
import { runRound } from './traffic.ts';

/*
 * PORT           where the gateway listens; 0 lets the system choose. 3001 unless set.
 * UPSTREAM       the provider's API, as https://api.openai.com/v1; one in this process unless set.
 * OBSERVE_EVERY  milliseconds between two questions to the database. 5000 unless set.
 * TRAFFIC        milliseconds between two rounds of requests that the gateway makes to itself, or `off`.
 *                10000 unless set.
 */
const { PORT = '3001', UPSTREAM, OBSERVE_EVERY = '5000', TRAFFIC = '10000' } = process.env;

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
      console.log(`${asked} requests were made, ${unexpected.length} were not answered as planned`);
      await pause(every, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) console.error('traffic failed:', error);
  }
}

/** Once nothing is left to do the process ends by itself, with exit code 0. */
async function shutDown(): Promise<void> {
  stop.abort();
  await traffic;
  stopObserving();
  server.close();
  provider?.server.close();
  keys.close();
}
