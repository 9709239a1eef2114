/** Loaded before pitot, for soak-service.mjs: it finds the first worker thread that the process starts, pitot's hub. */

/** @type {import('node:worker_threads').Worker} */
export let hub;

process.once('worker', (worker) => {
  hub = worker;
});
