import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { createForwarders } from '../../src/forward/forwarders.ts';
import { configOf } from './forwarding.ts';

// A process whose exit handler waits for a thread that prints metrics, more than a pipe holds. It has
// written to standard output before, by which Node makes that a pipe that refuses what it cannot hold.
const flags = isMainThread ? new Int32Array(new SharedArrayBuffer(4)) : (workerData as Int32Array);

if (isMainThread) {
  process.stdout.write('started\n');
  const worker = new Worker(new URL(import.meta.url), { workerData: flags });
  process.on('exit', () => {
    if (Atomics.wait(flags, 0, 0, 20_000) === 'timed-out') console.error('the thread did not print');
  });
  worker.once('online', () => process.exit(3));
} else {
  const [exporter] = await createForwarders(configOf({ exporters: ['console'] }));
  if (exporter === undefined) throw new Error('there is no console exporter');
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 })],
  });
  const meter = provider.getMeter('test');
  for (let i = 0; i < 1000; i++) meter.createCounter(`jobs.${i}`).add(3);
  await provider.forceFlush();
  Atomics.store(flags, 0, 1);
  Atomics.notify(flags, 0);
}
