import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { createServer } from 'node:http';
import { connect, createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { Recorder } from '../../../../src/app/record/recorder.ts';
import { readerOf } from '../../record/helpers/collect.ts';
import { listening } from './helpers/listening.ts';
import { countedIn, summary } from './helpers/measured.ts';
import { CLIENT, counted, recorderOfAll, SERVER } from './helpers/others.ts';
import { done } from './helpers/requests.ts';

/*
 * It takes hold of a module when that is required for the first time, so that one instance serves all tests: as
 * an application sets it up, for as long as a test runs.
 */
const instrumentation = new HttpInstrumentation();
createRequire(import.meta.url)('node:http');
instrumentation.disable();

function official(t: TestContext, recorder: Recorder): void {
  instrumentation.setMeterProvider(recorder);
  instrumentation.enable();
  t.after(() => instrumentation.disable());
  assert.ok('__original' in http.request);
}

/** So many requests at once, each on a connection of its own. */
async function requested(t: TestContext, times: number, path = '/'): Promise<void> {
  const server = createServer((_, response) => response.end('ok'));
  const port = await listening(t, server);
  // Through the module's object, where instrumentations replace the function.
  const send = () => done(http.request({ host: '127.0.0.1', port, path, agent: false }));
  await Promise.all(Array.from({ length: times }, send));
}

test('the application’s official instrumentation on our recorder: only the official one counts, from the first request', async (t) => {
  const recorder = recorderOfAll(t);
  official(t, recorder);
  await requested(t, 20);
  await requested(t, 3);
  for (const name of [SERVER, CLIENT]) {
    assert.deepEqual(await counted(recorder, name, 23), { 'instrumentation-http': 23 });
  }
  instrumentation.disable();
  await requested(t, 2);
  // The disabled instrumentation counts nothing, and ours counts again.
  for (const name of [SERVER, CLIENT]) {
    assert.deepEqual(await counted(recorder, name, 25), { 'instrumentation-http': 23, http: 2 });
  }
});

test('the official instrumentation records the routes that pitot knows', async (t) => {
  const recorder = recorderOfAll(t);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  t.after(() => context.disable());
  official(t, recorder);
  const { default: express } = await import('express');
  const { default: fastify } = await import('fastify');
  const app = express().get('/express/:id', (_, response) => void response.send('ok'));
  const server = fastify().get('/fastify/:id', async () => 'ok');
  t.after(() => server.close());
  await server.ready();
  for (const [listener, path] of [
    [createServer(app), '/express/1'],
    [server.server, '/fastify/1'],
    [createServer(app), '/nowhere'],
  ] as const) {
    const port = await listening(t, listener);
    for (let i = 0; i < 2; i++) await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  }
  assert.deepEqual(await counted(recorder, SERVER, 6), { 'instrumentation-http': 6 });
  const [metrics = []] = (await readerOf(recorder)())
    .filter(({ scope }) => scope.name.endsWith('instrumentation-http'))
    .map((scope) => scope.metrics);
  assert.deepEqual(summary(countedIn(metrics, SERVER)), [
    ['method=GET status=200 route=/express/:id', 2],
    ['method=GET status=200 route=/fastify/:id', 2],
    ['method=GET status=404', 2],
  ]);
});

test('an official instrumentation on another provider: both count, each on its own provider', async (t) => {
  const recorder = recorderOfAll(t);
  official(t, recorder);
  instrumentation.setMeterProvider(new MeterProvider());
  await requested(t, 20);
  await requested(t, 1);
  for (const name of [SERVER, CLIENT]) assert.deepEqual(await counted(recorder, name, 21), { http: 21 });
});

test('an official instrumentation that is not enabled: ours counts', async (t) => {
  const recorder = recorderOfAll(t);
  official(t, recorder);
  instrumentation.disable();
  await requested(t, 2);
  for (const name of [SERVER, CLIENT]) assert.deepEqual(await counted(recorder, name, 2), { http: 2 });
});

test('our source counts the requests that the official instrumentation cannot see', async (t) => {
  const recorder = recorderOfAll(t);
  official(t, recorder);
  await requested(t, 1);
  const http2 = createHttp2Server((_, response) => response.end('ok'));
  const client = connect(`http://127.0.0.1:${await listening(t, http2)}`);
  t.after(() => client.destroy());
  await once(client.request().resume(), 'close');
  const upgrading = createServer().on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
  });
  const port = await listening(t, upgrading);
  const headers = { connection: 'upgrade', upgrade: 'echo' };
  const [, socket] = await once(http.get({ host: '127.0.0.1', port, headers, agent: false }), 'upgrade');
  socket.destroy();
  assert.deepEqual(await counted(recorder, SERVER, 3), { 'instrumentation-http': 1, http: 2 });
});

test('exactly one of the two counts requests that fail or break off', async (t) => {
  const recorder = recorderOfAll(t);
  official(t, recorder);
  const server = createServer((request) => request.socket.destroy());
  const port = await listening(t, server);
  const failed = () =>
    new Promise((resolve) => {
      http.get({ host: '127.0.0.1', port, agent: false }).on('error', resolve);
    });
  await Promise.all([failed(), failed(), failed()]);
  for (const name of [SERVER, CLIENT]) {
    assert.deepEqual(await counted(recorder, name, 3), { 'instrumentation-http': 3 });
  }
});
