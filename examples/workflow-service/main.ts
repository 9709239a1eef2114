import { randomUUID } from 'node:crypto';
import { startService } from './service.ts';
import { runTraffic } from './traffic.ts';

/*
 * HOST, PORT      where the service listens; port 0 lets the system choose. localhost and 3000 unless set.
 * ADMIN_TOKEN     what /admin asks for; a new one each time unless set.
 * TRAFFIC         HTTP requests a second that the service makes to itself, or `off`. 10 unless set.
 * TRAFFIC_ROUNDS  ends the traffic after so many rounds and prints what it did; without end unless set.
 */
const {
  HOST = 'localhost',
  PORT = '3000',
  ADMIN_TOKEN = randomUUID(),
  TRAFFIC = '10',
  TRAFFIC_ROUNDS = 'Infinity',
} = process.env;

const service = await startService({ host: HOST, port: Number(PORT), token: ADMIN_TOKEN });
console.log(`workflow-service listening on ${service.url}`);

const stop = new AbortController();
const traffic = TRAFFIC === 'off' ? undefined : makeTraffic(service.url);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, shutDown);

/** The service goes on without traffic when an answer is not the expected one. */
async function makeTraffic(url: string): Promise<void> {
  const [rate, rounds] = [Number(TRAFFIC), Number(TRAFFIC_ROUNDS)];
  try {
    if (!(rate > 0)) throw new Error(`TRAFFIC is ${TRAFFIC}; requests a second are expected, or off`);
    if (!(rounds > 0)) throw new Error(`TRAFFIC_ROUNDS is ${TRAFFIC_ROUNDS}; a number is expected`);
    const { report } = await runTraffic({ url, token: ADMIN_TOKEN, rate, rounds, signal: stop.signal });
    if (!stop.signal.aborted) console.log(`traffic done: ${JSON.stringify(report)}`);
  } catch (error) {
    console.error('traffic failed:', error);
  }
}

/** Once nothing is left to do the process ends by itself, with exit code 0. */
async function shutDown(): Promise<void> {
  stop.abort();
  await traffic;
  await service.close();
}
