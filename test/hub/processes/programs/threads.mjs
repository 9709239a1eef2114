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
      const workerData = { way: searchParams.get('way') };
      const worker = new Worker(new URL(import.meta.url), { workerData });
      worker.on('error', () => {});
      const ended = new Promise((resolve) => worker.on('exit', resolve));
      started.push(worker);
      await (searchParams.has('wait') ? ended : once(worker, 'message'));
    }
    if (pathname === '/kill-hub') await globalThis.killHub();
    if (pathname === '/terminate') await started.pop().terminate();
    if (pathname === '/blocked') {
      const ended = new Int32Array(new SharedArrayBuffer(4));
      new Worker(new URL(import.meta.url), { workerData: { way: 'end', ended } });
      Atomics.wait(ended, 0, 0);
    }
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
} else {
  const { way, ended } = workerData;
  counter.add(10, { kind: 'a' });
  active.add(1);
  gauge.record(10);
  // After pitot's listener, which reports the counts.
  if (ended !== undefined) {
    process.on('exit', () => {
      Atomics.store(ended, 0, 1);
      Atomics.notify(ended, 0);
    });
  }
  parentPort.postMessage('counted');
  if (way === 'throw') throw new Error('on purpose');
  if (way === 'exit') process.exit(3);
  if (way === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (way === 'stay') {
    setInterval(() => counter.add(1, { kind: 'later' }), 20);
    meter.createObservableGauge('observed').addCallback((result) => result.observe(5));
  }
}
