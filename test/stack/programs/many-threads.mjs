// Starts n threads, 50 a second, and answers once all have ended. Each counts and ends: it has nothing more to do, exits,
// or throws. Twenty run at most; a slow machine starts the others later.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('app');
const jobs = meter.createCounter('jobs');
const sizes = meter.createHistogram('sizes');
const PER_SECOND = 50;
const MAX_RUNNING = 20;

async function run(threads) {
  const running = new Set();
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: i });
    const ended = new Promise((resolve) => worker.on('error', () => {}).on('exit', resolve));
    running.add(ended);
    ended.then(() => running.delete(ended));
    await pause(1000 / PER_SECOND);
    while (running.size >= MAX_RUNNING) await Promise.race(running);
  }
  await Promise.all(running);
}

if (isMainThread) {
  const server = createServer(async (request, response) => {
    await run(Number(new URL(request.url, 'http://localhost').searchParams.get('n')));
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
} else {
  jobs.add(1, { way: ['end', 'exit', 'throw'][workerData % 3] });
  sizes.record(5);
  if (workerData % 3 === 1) process.exit(3);
  if (workerData % 3 === 2) throw new Error('on purpose');
}
