import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { startHostMetrics } from '../../../../src/hub/system/host-metrics.ts';
import { readings } from '../helpers/readings.ts';

// Prints, as the hub would know them, the readings of a thread that is not the main one.
if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const [all] = await once(worker, 'message');
  console.log(JSON.stringify({ pid: process.pid, uptime: process.uptime(), all }));
} else {
  const host = startHostMetrics();
  let all = await readings(host);
  for (let i = 0; i < 100 && !('system.filesystem.limit' in namesOf(all)); i++) {
    await sleep(20);
    all = await readings(host);
  }
  parentPort?.postMessage(all);
}

function namesOf(all: Readonly<Record<string, number>>): Record<string, true> {
  return Object.fromEntries(Object.keys(all).map((name) => [name.replace(/\{.*/, ''), true]));
}
