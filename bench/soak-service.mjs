/**
 * The service of soak.ts, under pitot: it answers requests, makes and removes series, and starts and ends threads.
 * To `GET /heap` it answers the bytes of its heap after garbage collection.
 */
import { createServer } from 'node:http';
import { isMainThread, Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

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
  const server = createServer((request, response) => {
    if (request.url === '/heap') {
      globalThis.gc?.();
      response.end(String(process.memoryUsage().heapUsed));
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
