import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { sorted, startMeasuredApp } from '../helpers/measured-app.ts';

const SERVER = { 'network.protocol.version': '1.1', 'url.scheme': 'http' };

function answered(method: string, status: number, more: Attributes, error?: string): Attributes {
  return {
    ...more,
    'http.request.method': method,
    'http.response.status_code': status,
    ...(error !== undefined && { 'error.type': error }),
  };
}

for (const app of [
  'http-default.mjs',
  'http-namespace.mjs',
  'http-named.mjs',
  'http-require.cjs',
  'http-builtin.mjs',
  'http-dynamic.cjs',
]) {
  test(`the server and the client of ${app} are measured`, async (t) => {
    const measured = await startMeasuredApp(t, { app });
    const port = await measured.port();

    assert.deepEqual(
      await measured.counted('http.server.request.duration', 5),
      sorted([
        { attributes: answered('GET', 200, SERVER), count: 3 },
        { attributes: answered('POST', 404, SERVER), count: 1 },
        { attributes: answered('PUT', 500, SERVER, '500'), count: 1 },
      ]),
    );

    // The server counted three GET requests. `fetch` made one of them, which the official
    // instrumentation of `node:http` does not see.
    const to = { 'network.protocol.version': '1.1', 'server.address': '127.0.0.1', 'server.port': port };
    assert.deepEqual(
      await measured.counted('http.client.request.duration', 4),
      sorted([
        { attributes: answered('GET', 200, to), count: 2 },
        { attributes: answered('POST', 404, to, '404'), count: 1 },
        { attributes: answered('PUT', 500, to, '500'), count: 1 },
      ]),
    );
    assert.doesNotMatch(measured.child.stderr, /Warning|Error/);
  });
}

test('durations are histograms in seconds with the buckets of the semantic conventions', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'http-default.mjs' });
  await measured.counted('http.server.request.duration', 5);
  const metrics = await measured.collect();
  for (const name of ['http.server.request.duration', 'http.client.request.duration']) {
    const metric = metrics.find(({ descriptor }) => descriptor.name === name);
    assert.equal(metric?.descriptor.unit, 's');
    const [point] = metric.dataPoints;
    assert.ok(typeof point?.value === 'object');
    assert.deepEqual(
      'buckets' in point.value && point.value.buckets.boundaries,
      [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    );
  }
});

test('https is measured at both ends under its scheme', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'https.mjs' });
  const port = await measured.port();
  assert.deepEqual(
    await measured.counted('http.server.request.duration', 1),
    sorted([
      {
        attributes: answered('GET', 200, { 'network.protocol.version': '1.1', 'url.scheme': 'https' }),
        count: 1,
      },
    ]),
  );
  assert.deepEqual(
    await measured.counted('http.client.request.duration', 1),
    sorted([
      {
        attributes: answered('GET', 200, {
          'network.protocol.version': '1.1',
          'server.address': '127.0.0.1',
          'server.port': port,
        }),
        count: 1,
      },
    ]),
  );
});

test('subscribers of the application to the diagnostics channels of http receive every message', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'diagnostics-channel.mjs' });
  await measured.port();
  await measured.counted('http.server.request.duration', 5);
  const heard = measured.child.stdout.split('\n').filter((line) => line.startsWith('published'));
  assert.deepEqual(heard.sort(), [
    ...Array(4).fill('published http.client.request.start'),
    ...Array(5).fill('published http.server.request.start'),
  ]);
});

test('a stopped instrumentation records nothing', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs' });
  const url = `http://127.0.0.1:${await measured.port()}/health`;
  await (await fetch(url)).text();
  const before = await measured.counted('http.server.request.duration', 1);
  await measured.stop();
  assert.equal(await (await fetch(url)).text(), 'ok');
  assert.deepEqual(await measured.counted('http.server.request.duration', 1), before);
  assert.equal(measured.child.stderr.split('\n').length, 2);
});
