import { randomUUID } from 'node:crypto';
import { type ServiceOptions, startService } from './service.ts';
import { runTraffic } from './traffic.ts';

/*
 * HOST, PORT      the service's address; port 0 takes a free one. Default: localhost and 3000.
 * ADMIN_TOKEN     the token for /admin. Default: a new one at each start.
 * TRAFFIC         HTTP requests per second that the service sends to itself, or `off`. Default: 10.
 * TRAFFIC_ROUNDS  ends the traffic after this many rounds and prints its report. Default: no end.
 */
const {
  HOST = 'localhost',
  PORT = '3000',
  ADMIN_TOKEN = randomUUID(),
  TRAFFIC = '10',
  TRAFFIC_ROUNDS = 'Infinity',
} = process.env;

/** Starts the service with its traffic. SIGINT and SIGTERM end it. */
export async function runService(options: Pick<ServiceOptions, 'events' | 'first'> = {}): Promise<void> {
  const service = await startService({ ...options, host: HOST, port: Number(PORT), token: ADMIN_TOKEN });
  console.log(`workflow-service listening on ${service.url}`);
  const stop = new AbortController();
  const traffic = TRAFFIC === 'off' ? undefined : makeTraffic(service.url, stop.signal);

  /** Closes everything; the process then ends by itself, with exit code 0. */
  async function shutDown(): Promise<void> {
    stop.abort();
    await traffic;
    await service.close();
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, shutDown);
}

/** Stops the traffic, but not the service, at the first unexpected answer. */
async function makeTraffic(url: string, signal: AbortSignal): Promise<void> {
  const [rate, rounds] = [Number(TRAFFIC), Number(TRAFFIC_ROUNDS)];
  try {
    if (!(rate > 0)) throw new Error(`TRAFFIC is ${TRAFFIC}; expected requests per second, or off`);
    if (!(rounds > 0)) throw new Error(`TRAFFIC_ROUNDS is ${TRAFFIC_ROUNDS}; expected a number`);
    const { report } = await runTraffic({ url, token: ADMIN_TOKEN, rate, rounds, signal });
    if (!signal.aborted) console.log(`traffic done: ${JSON.stringify(report)}`);
  } catch (error) {
    console.error('traffic failed:', error);
  }
}
