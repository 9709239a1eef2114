/**
 * The service that stalls.ts and profiles.ts ask. `/work` is a small answer; `/loop` blocks the event loop by the same
 * amount of work each time; `/cpu` has the processor time of the application's thread and of the process, in
 * microseconds; `/fill?mb=` grows the heap; `/delay` has the longest delay of the event loop since the last such request,
 * in milliseconds (the first one starts the measurement), and `/memory` the resident set in bytes.
 */
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
const kept = [];

const ways = {
  '/work': () => {
    const rows = Array.from({ length: 20 }, (_, id) => ({ id, name: `name ${id}` }));
    return rows.map(({ id, name }) => `${id} ${name}`).join('\n');
  },
  '/loop': () => {
    let sum = 0;
    for (let i = 0; i < 600_000_000; i++) sum += Math.sqrt(i);
    return `${sum}`;
  },
  '/cpu': () => {
    const [thread, all] = [process.threadCpuUsage(), process.cpuUsage()];
    return JSON.stringify([thread.user + thread.system, all.user + all.system]);
  },
  '/fill': (parameters) => {
    for (let i = 0; i < Number(parameters.get('mb')) * 16_000; i++) kept.push({ i, text: `some text ${i}` });
    return `${process.memoryUsage().heapUsed}`;
  },
  '/delay': () => {
    const { max } = delay;
    delay.enable();
    delay.reset();
    return `${max / 1e6}`;
  },
  '/memory': () => `${process.memoryUsage.rss()}`,
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  response.end(ways[pathname]?.(searchParams) ?? 'ready');
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
