import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { test } from 'node:test';
import { setRoute } from '../../../../src/app/sources/http/measured-request.ts';
import { heapUsed } from '../../record/helpers/heap.ts';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';
import { SERVER_TLS } from './helpers/tls.ts';

const DURATION = 'http.server.request.duration';

function request(method: string, path: string, version = '1.1'): string {
  return `${method} ${path} HTTP/${version}\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
}

test('a request is recorded with the attributes of the conventions and no others', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((_, response) => response.writeHead(202).end()),
  );
  const client = await RawClient.connect(t, port);
  client.write(request('GET', '/path?query'));
  await client.response();
  const [series] = await http.counted(DURATION, 1);
  assert.deepEqual(series?.attributes, {
    'http.request.method': 'GET',
    'http.response.status_code': 202,
    'network.protocol.version': '1.1',
    'url.scheme': 'http',
  });
  for (const size of ['request', 'response']) {
    const [sizes] = await http.series(`http.server.${size}.body.size`);
    assert.deepEqual(sizes?.attributes, series.attributes);
  }
  assert.deepEqual(
    (await http.series('http.server.active_requests')).map(({ attributes }) => attributes),
    [{ 'http.request.method': 'GET', 'url.scheme': 'http' }],
  );
});

test('units, buckets and descriptions are those of the conventions', async (t) => {
  const { recorder } = measuredHttp(t);
  const { readerOf } = await import('../../record/helpers/collect.ts');
  const read = readerOf(recorder);
  const port = await listening(
    t,
    createServer((_, response) => response.end()),
  );
  const client = await RawClient.connect(t, port);
  client.write(request('GET', '/'));
  await client.response();
  const metrics = (await read()).flatMap((scope) => scope.metrics);
  const described = metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit]);
  assert.deepEqual(described.filter(([name]) => String(name).startsWith('http.server')).sort(), [
    ['http.server.active_requests', '{request}'],
    ['http.server.request.body.size', 'By'],
    ['http.server.request.duration', 's'],
    ['http.server.response.body.size', 'By'],
  ]);
  const [point] = metrics.find(({ descriptor }) => descriptor.name === DURATION)?.dataPoints ?? [];
  assert.ok(typeof point?.value === 'object' && 'buckets' in point.value);
  assert.deepEqual(
    point.value.buckets.boundaries,
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  );
});

test('a duration is the time from the request to the end of the response, in seconds', async (t) => {
  const http = measuredHttp(t);
  const waits = createServer((_, response) => setTimeout(() => response.end(), 60));
  const client = await RawClient.connect(t, await listening(t, waits));
  const before = performance.now();
  client.write(request('GET', '/'));
  await client.response();
  const around = (performance.now() - before) / 1000;
  const [series] = await http.counted(DURATION, 1);
  assert.ok(
    series !== undefined && series.sum > 0.055 && series.sum <= around,
    `${series?.sum} of ${around}`,
  );
});

test('every status is recorded, and statuses of 500 and above are errors', async (t) => {
  const http = measuredHttp(t);
  const server = createServer(({ url }, response) => response.writeHead(Number(url?.slice(1))).end());
  const client = await RawClient.connect(t, await listening(t, server));
  const statuses = [200, 201, 204, 301, 304, 400, 404, 429, 499, 500, 503, 599];
  for (const status of statuses) {
    client.write(request('GET', `/${status}`));
    await client.response();
  }
  assert.deepEqual(
    summary(await http.counted(DURATION, statuses.length)),
    statuses
      .map((status) => [`${status >= 500 ? `error=${status} ` : ''}method=GET status=${status}`, 1])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
});

test('unknown methods are recorded as _OTHER', async (t) => {
  const http = measuredHttp(t);
  const client = await RawClient.connect(
    t,
    await listening(
      t,
      createServer((_, response) => response.end()),
    ),
  );
  for (const method of ['GET', 'DELETE', 'PATCH', 'QUERY', 'PROPFIND', 'PURGE']) {
    client.write(request(method, '/'));
    await client.response();
  }
  assert.deepEqual(summary(await http.counted(DURATION, 6)), [
    ['method=DELETE status=200', 1],
    ['method=GET status=200', 1],
    ['method=PATCH status=200', 1],
    ['method=QUERY status=200', 1],
    ['method=_OTHER status=200', 2],
  ]);
});

test('one server records each version of HTTP in series of its own', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((_, response) => response.end()),
  );
  for (const version of ['1.0', '1.1']) {
    const client = await RawClient.connect(t, port);
    client.write(request('GET', '/', version));
    await client.response();
  }
  const versions = (await http.counted(DURATION, 2)).map(
    ({ attributes }) => attributes['network.protocol.version'],
  );
  assert.deepEqual(versions.sort(), ['1.0', '1.1']);
});

test('HTTPS is recorded with its scheme, and its bodies in their size before encryption', async (t) => {
  const http = measuredHttp(t);
  const server = createTlsServer(SERVER_TLS, (message, response) => {
    message.resume().on('end', () => response.end('encrypted'));
  });
  const client = await RawClient.connect(t, await listening(t, server), true);
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12345');
  assert.equal((await client.response()).bodySize, 9);
  const [series] = await http.counted(DURATION, 1);
  assert.equal(series?.attributes['url.scheme'], 'https');
  assert.equal((await http.series('http.server.request.body.size'))[0]?.sum, 5);
  assert.equal((await http.series('http.server.response.body.size'))[0]?.sum, 9);
});

test('the route that the application set last is recorded', async (t) => {
  const http = measuredHttp(t);
  const server = createServer((message, response) => {
    setRoute(message, '/first');
    setRoute(message, '/things/{thing}');
    response.end();
  });
  const client = await RawClient.connect(t, await listening(t, server));
  client.write(request('GET', '/things/7'));
  await client.response();
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [
    ['method=GET status=200 route=/things/{thing}', 1],
  ]);
  assert.doesNotThrow(() => setRoute({}, '/nobody'));
});

test('after the end of recording nothing is recorded, not even requests that began before', async (t) => {
  const http = measuredHttp(t);
  let answer = (): void => {};
  const server = createServer((_, response) => {
    answer = () => response.end('late');
  });
  const port = await listening(t, server);
  const early = await RawClient.connect(t, port);
  early.write(request('GET', '/'));
  while ((await http.total('http.server.active_requests')) === 0) await new Promise(setImmediate);
  http.stop();
  answer();
  assert.equal((await early.response()).bodySize, 4);
  early.socket.destroy();
  const late = await RawClient.connect(t, port);
  late.write(request('GET', '/'));
  late.socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(await http.series(DURATION), []);
});

test('an idle connection keeps none of its requests in memory', async (t) => {
  measuredHttp(t);
  const seen: WeakRef<object>[] = [];
  const port = await listening(
    t,
    createServer((request, response) => {
      seen.push(new WeakRef(request));
      response.end();
    }),
  );
  const client = await RawClient.connect(t, port);
  for (const requests of [1, 3]) {
    client.write(request('GET', '/').repeat(requests));
    for (let i = 0; i < requests; i++) await client.response();
  }
  await new Promise(setImmediate);
  heapUsed();
  assert.equal(seen.length, 4);
  assert.deepEqual(
    seen.map((request) => request.deref()),
    [undefined, undefined, undefined, undefined],
  );
});
