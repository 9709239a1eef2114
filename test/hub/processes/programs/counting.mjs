// Counts what it is told to count, over HTTP, and answers once it has. A thread of it counts ten and crashes.
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { isMainThread, Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('app');
const counter = meter.createCounter('jobs');
const duration = meter.createHistogram('took', { advice: { explicitBucketBoundaries: [1, 10] } });
const active = meter.createUpDownCounter('active');
const gauge = meter.createGauge('level');
meter.createObservableGauge('seen').addCallback((result) => result.observe(1));

if (!isMainThread) {
  counter.add(10, { kind: 'a' });
  throw new Error('on purpose');
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const n = Number(searchParams.get('n') ?? 1);
  if (pathname === '/add') {
    counter.add(n, { kind: 'a' });
    duration.record(n);
    active.add(1);
    gauge.record(n);
  }
  if (pathname === '/block') {
    const gate = searchParams.get('until');
    while (!existsSync(gate)) counter.add(1, { kind: 'blocked' });
  }
  if (pathname === '/fill') {
    for (const kept = []; ; ) kept.push(Buffer.alloc(2 ** 24, 1));
  }
  if (pathname === '/crash-a-thread') {
    const worker = new Worker(new URL(import.meta.url));
    worker.on('error', () => {});
    await new Promise((resolve) => worker.on('exit', resolve));
  }
  response.end('ok');
  if (pathname === '/exit') process.exit(n);
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
