/**
 * The service of soak.ts, under pitot: it answers requests, makes and removes series, and starts and ends threads.
 * To `GET /heaps` it answers the bytes in use of its heap after garbage collection, and of the hub's.
 */
import { createServer } from 'node:http';
import { isMainThread, Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';
import { hub } from './soak-hub.mjs';

const meter = metrics.getMeter('soak');
const jobs = meter.createCounter('jobs');
if (isMainThread) main();
else jobs.add(1, { in: 'thread' });

function main() {
  const visits = meter.createCounter('visits');
  const sizes = meter.createHistogram('sizes');
  /** Visitors that have a series; the oldest goes when another comes. */
  const KEPT = 500;
  let visitors = 0;
  const server = createServer(async (request, response) => {
    if (request.url === '/heaps') {
      globalThis.gc?.();
      const application = process.memoryUsage().heapUsed;
      const { used_heap_size } = await hub.getHeapStatistics();
      response.end(JSON.stringify({ application, hub: used_heap_size }));
      return;
    }
    visits.add(1, { visitor: visitors });
    sizes.record(visitors % 1000, { visitor: visitors });
    for (const instrument of [visits, sizes]) instrument.remove({ visitor: visitors - KEPT });
    visitors++;
    jobs.add(1);
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
  setInterval(() => new Worker(new URL(import.meta.url)).on('error', () => {}), 1000);
}
