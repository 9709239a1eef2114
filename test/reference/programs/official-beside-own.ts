/*
 * Runs the official packages over the stock SDK and pitot's own sources side by side in one process, does some work,
 * and prints what both measured, collected at the same moment.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { HostMetrics } from '@opentelemetry/host-metrics';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { type CollectionResult, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { measureHttp } from '../../../src/app/sources/http/native-http.ts';
import { startInstrumentations } from '../../../src/app/sources/instrumentations.ts';
import { runtimeNode } from '../../../src/app/sources/runtime-node.ts';
import { startHostMetrics } from '../../../src/hub/system/host-metrics.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';

class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const reader = new OnDemandReader();
const meterProvider = new MeterProvider({ readers: [reader] });
startInstrumentations({ chosen: ['http', 'express'], http: 'official', meterProvider });
new RuntimeNodeInstrumentation().setMeterProvider(meterProvider);
new HostMetrics({ meterProvider }).start();

const recorder = new Recorder();
measureHttp(recorder.getMeter('own'));
runtimeNode({ hasPromClientNames: false }).start(recorder);
// Utilizations cover windows of ten seconds, which are up when the program says so.
mock.timers.enable({ apis: ['setInterval'] });
const host = startHostMetrics();

function metricsOf({ resourceMetrics }: CollectionResult) {
  return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ scope: scope.name, ...metric })),
  );
}

const { default: http } = await import('node:http');
const { default: express } = await import('express');
const collect = async () => {
  const [official, own, machine] = await Promise.all([
    reader.collect(),
    producerOf(recorder).collect(),
    host.collect(),
  ]);
  return { official: metricsOf(official), own: [...metricsOf(own), ...metricsOf(machine)] };
};
// The first collection has the events between the starts of the two.
await pause(200);
const before = await collect();

const app = express();
app.get('/users/:id', (_request, response) => response.json({}));
app.get('/fails', () => {
  throw new Error('expected by the program');
});
app.use(
  (_error: unknown, _request: unknown, response: { sendStatus(status: number): void }, _next: unknown) =>
    response.sendStatus(500),
);
const server = http.createServer(app).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
for (const path of ['/users/1', '/users/2', '/fails', '/unknown']) {
  const request = http.get({ host: '127.0.0.1', port, path });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'close');
}
// A collection of garbage, and time for the delay of the event loop to be sampled.
globalThis.gc?.();
await pause(500);
mock.timers.tick(10_000);
console.log(JSON.stringify({ before, after: await collect() }));
process.exit();
