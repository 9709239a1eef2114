import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { listening } from './helpers/listening.ts';
import { CLIENT, counted, recorderOfAll } from './helpers/others.ts';

/** The number of requests at once. Every other one breaks off. */
async function fetched(t: TestContext, times: number): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === '/0') request.socket.destroy();
    else response.end('ok');
  });
  const port = await listening(t, server);
  const send = async (_: unknown, i: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/${i % 2}`).catch(() => undefined);
    await response?.text();
  };
  await Promise.all(Array.from({ length: times }, send));
}

test('fetch with an official instrumentation on our recorder: only the official one counts, until it is disabled', async (t) => {
  const recorder = recorderOfAll(t);
  const instrumentation = new UndiciInstrumentation();
  t.after(() => instrumentation.disable());
  await fetched(t, 20);
  assert.deepEqual(await counted(recorder, CLIENT, 20), { 'instrumentation-undici': 20 });
  instrumentation.disable();
  await fetched(t, 2);
  assert.deepEqual(await counted(recorder, CLIENT, 22), { 'instrumentation-undici': 20, http: 2 });
});

test('fetch with an official instrumentation on another provider: both count, each on its own provider', async (t) => {
  const recorder = recorderOfAll(t);
  const instrumentation = new UndiciInstrumentation();
  t.after(() => instrumentation.disable());
  instrumentation.setMeterProvider(new MeterProvider());
  await fetched(t, 20);
  assert.deepEqual(await counted(recorder, CLIENT, 20), { http: 20 });
});

test('fetch with an official instrumentation that is not enabled: ours counts', async (t) => {
  const recorder = recorderOfAll(t);
  new UndiciInstrumentation({ enabled: false });
  await fetched(t, 2);
  assert.deepEqual(await counted(recorder, CLIENT, 2), { http: 2 });
});
