// Starts worker threads that count and end in the way they are told to; answers on its port when they have.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('app');
const counter = meter.createCounter('jobs');
const active = meter.createUpDownCounter('active');
const gauge = meter.createGauge('level');

if (isMainThread) {
  counter.add(1, { kind: 'a' });
  gauge.record(1);
  const started = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/start') {
      const worker = new Worker(new URL(import.meta.url), { workerData: searchParams.get('way') });
      worker.on('error', () => {});
      const ended = new Promise((resolve) => worker.on('exit', resolve));
      started.push(worker);
      await (searchParams.has('wait') ? ended : once(worker, 'message'));
    }
    if (pathname === '/kill-hub') await globalThis.killHub();
    if (pathname === '/terminate') await started.pop().terminate();
    if (pathname === '/blocked') {
      new Worker(new URL(import.meta.url), { workerData: 'end' });
      const end = performance.now() + 1000;
      while (performance.now() < end);
    }
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
} else {
  counter.add(10, { kind: 'a' });
  active.add(1);
  gauge.record(10);
  parentPort.postMessage('counted');
  if (workerData === 'throw') throw new Error('on purpose');
  if (workerData === 'exit') process.exit(3);
  if (workerData === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (workerData === 'stay') {
    setInterval(() => counter.add(1, { kind: 'later' }), 20);
    meter.createObservableGauge('observed').addCallback((result) => result.observe(5));
  }
}
