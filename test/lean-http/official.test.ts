import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { measureHttp } from '../../src/instrumentations/lean-http/lean-http.ts';
import { OfficialInstrumentations } from '../../src/instrumentations/lean-http/official.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { readerOf } from '../record/collect.ts';
import { listening } from './listening.ts';
import { countedIn } from './measured.ts';

const SERVER = 'http.server.request.duration';
const CLIENT = 'http.client.request.duration';

/** How often a request was counted, by whose scope. */
async function counted(recorder: Recorder, name: string): Promise<Readonly<Record<string, number>>> {
  const scopes = await readerOf(recorder)();
  return Object.fromEntries(
    scopes
      .map(({ scope, metrics: all }): [string, number] => [
        scope.name.split('/').at(-1) ?? '',
        countedIn(all, name).reduce((sum, { count }) => sum + count, 0),
      ])
      .filter(([, count]) => count > 0),
  );
}

async function exchanged(t: TestContext): Promise<void> {
  const port = await listening(
    t,
    createServer((_, response) => response.end('ok')),
  );
  // Through the module's object, where instrumentations replace the function.
  const request = http.request({ host: '127.0.0.1', port, agent: false }).end();
  const [response] = await once(request, 'response');
  for await (const _ of response);
  await pause(20);
}

function measured(t: TestContext): Recorder {
  const recorder = new Recorder();
  const others = new OfficialInstrumentations();
  recorder.attach((message) => {
    if (message.type === 'instrument') others.observe(message.instrument);
  });
  t.after(measureHttp(recorder.getMeter('pitot/http'), { others }));
  return recorder;
}

/** As an application that sets it up: it takes hold of modules when they are required. */
function official(t: TestContext): HttpInstrumentation {
  const instrumentation = new HttpInstrumentation();
  t.after(() => instrumentation.disable());
  createRequire(import.meta.url)('node:http');
  return instrumentation;
}

test('an official instrumentation of the application’s own on our recorder: only it counts', async (t) => {
  const recorder = measured(t);
  metrics.setGlobalMeterProvider(recorder);
  t.after(() => metrics.disable());
  const instrumentation = official(t);
  await exchanged(t);
  instrumentation.disable();
  await exchanged(t);
  // What is disabled counts nothing, and ours does again.
  for (const name of [SERVER, CLIENT]) {
    assert.deepEqual(await counted(recorder, name), { 'instrumentation-http': 1, http: 1 });
  }
});

test('an official instrumentation on a provider of the application’s: both count, each in its place', async (t) => {
  const recorder = measured(t);
  official(t).setMeterProvider(new MeterProvider());
  await exchanged(t);
  for (const name of [SERVER, CLIENT]) assert.deepEqual(await counted(recorder, name), { http: 1 });
});
