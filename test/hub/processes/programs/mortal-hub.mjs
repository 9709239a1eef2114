// The door, with a way to end the hub's thread as a crash would: `killHub()`.
import { isMainThread, Worker } from 'node:worker_threads';

if (isMainThread) {
  const { unref } = Worker.prototype;
  let hub;
  Worker.prototype.unref = function () {
    hub ??= this;
    return unref.call(this);
  };
  globalThis.killHub = () => hub.terminate();
}
await import('../../../../src/instrumentation.ts');
