// Counts in this thread and in a worker thread, whenever it is asked to, and ends the hub's thread from within.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { metrics } from '@opentelemetry/api';

let hub;
const { unref } = Worker.prototype;
Worker.prototype.unref = function () {
  hub = this;
  return unref.call(this);
};
await import('../../../src/instrumentation.ts');
const counter = metrics.getMeter('app').createCounter('c');

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url));
  const server = createServer(async (request, response) => {
    if (request.url === '/kill') {
      await hub.terminate();
    } else {
      counter.add(1);
      thread.postMessage('count');
      await once(thread, 'message');
    }
    response.end('ok');
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
} else {
  parentPort.on('message', () => {
    counter.add(1);
    parentPort.postMessage('counted');
  });
}
