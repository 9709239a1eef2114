/**
 * One workload of instruments.ts, in a process of its own: `node instruments-service.ts <workload> <port>`. On request
 * it performs a number of operations, and reports the microseconds of each.
 */
import { workloads } from './instruments-workloads.ts';

/** Microseconds an operation: of the application thread's processor, and by the clock. */
export interface Cost {
  readonly processor: number;
  readonly clock: number;
}

const [, , name = '', port] = process.argv;
const workload = workloads[name];
if (workload === undefined) throw new Error(`there are ${Object.keys(workloads).join(', ')}`);
const work = await workload.begin(Number(port));

process.on('message', async (times: number) => {
  const before = process.threadCpuUsage();
  const start = performance.now();
  await work(times);
  const clock = ((performance.now() - start) * 1000) / times;
  const { user, system } = process.threadCpuUsage(before);
  process.send?.({ processor: (user + system) / times, clock } satisfies Cost);
});
process.send?.('ready');
