import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { createNoopMeter } from '@opentelemetry/api';
import { defaultResource } from '@opentelemetry/resources';
import { Recorder } from '../../../../src/app/record/recorder.ts';
import { createForwarders } from '../../../../src/hub/forward/forwarders.ts';
import { PushReader } from '../../../../src/hub/forward/push-reader.ts';
import { SelfObservation } from '../../../../src/hub/forward/self-observation.ts';
import { producerOf } from '../../../app/record/helpers/collect.ts';
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
  const [forwarder] = await createForwarders(configOf({ exporters: ['console'] }));
  if (forwarder === undefined) throw new Error('there is no console forwarder');
  const selfObservation = new SelfObservation(createNoopMeter());
  const recorder = new Recorder();
  const reader = new PushReader({
    forwarder,
    producer: producerOf(recorder),
    resource: defaultResource(),
    interval: 2 ** 31 - 1,
    timeout: 30_000,
    observer: selfObservation.exporter(forwarder.component),
    tellCollection: selfObservation.reader('periodic_metric_reader'),
    isActive: () => true,
    isContinued: async () => false,
  });
  const meter = recorder.getMeter('test');
  for (let i = 0; i < 1000; i++) meter.createCounter(`jobs.${i}`).add(3);
  await reader.forceFlush();
  Atomics.store(flags, 0, 1);
  Atomics.notify(flags, 0);
}
