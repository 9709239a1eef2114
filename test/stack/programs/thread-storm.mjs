// Starts so many worker threads a second for so many seconds; each counts once and ends. Says `over` at the end.
import { once } from 'node:events';
import { isMainThread, Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

const counter = metrics.getMeter('app').createCounter('jobs');

if (isMainThread) {
  const [perSecond, seconds] = process.argv.slice(2).map(Number);
  const ends = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    ends.push(once(new Worker(new URL(import.meta.url)), 'exit'));
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  }
  await Promise.all(ends);
  console.log('over');
  setInterval(() => {}, 1000);
} else {
  counter.add(1, { kind: 'a' });
}
