/**
 * The application's clients: `fork`ed by attacks.ts, which sends where the application listens, and then asks for the
 * milliseconds of each request since it asked last; those that were not answered are infinite.
 */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { timed } from './timed.ts';

const [{ application, every }] = (await once(process, 'message')) as [{ application: string; every: number }];
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let times: number[] = [];
setInterval(() => timed(times, request(`${application}/users`, { agent })), every);
process.on('message', () => {
  process.send?.({ times });
  times = [];
});
