import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { listening } from './helpers/listening.ts';
import { logged } from './helpers/logged.ts';
import { connectionStates, measuredHttp, summary } from './helpers/measured.ts';

const DURATION = 'http.client.request.duration';
const HOST = '127.0.0.1';

test('requests by fetch are recorded like other requests', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((_, response) => response.end('ok')),
  );
  await (await fetch(`http://${HOST}:${port}/x?y`, { method: 'POST', body: 'z' })).text();
  const [series] = await http.counted(DURATION, 1);
  assert.deepEqual(series?.attributes, {
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'network.protocol.version': '1.1',
    'server.address': HOST,
    'server.port': port,
  });
  assert.equal(await http.total('http.client.active_requests'), 0);
});

test('requests by fetch to an IPv6 address are recorded, and so are their connections', {
  skip: Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
    ? false
    : 'no ::1 here',
}, async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t);
  const server = createServer((_, response) => response.end('ok')).listen(0, '::1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await (await fetch(`http://[::1]:${port}/`)).text();
  const [series] = await http.counted(DURATION, 1);
  assert.equal(series?.attributes['server.address'], '::1');
  assert.equal(await http.total('http.client.open_connections'), 1);
  assert.deepEqual(lines, []);
});

test('each step of a redirect counts as a request', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer(({ url }, response) => {
      if (url === '/end') response.end('there');
      else response.writeHead(302, { location: '/end' }).end();
    }),
  );
  await (await fetch(`http://${HOST}:${port}/`)).text();
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['method=GET status=200', 1],
    ['method=GET status=302', 1],
  ]);
});

test('requests that fail or are aborted are counted once', async (t) => {
  const http = measuredHttp(t);
  const never = new AbortController();
  let cut = () => {};
  const port = await listening(
    t,
    createServer(({ url }, response) => {
      if (url === '/never') never.abort(new DOMException('as by AbortSignal.timeout()', 'TimeoutError'));
      else if (url === '/missing') response.writeHead(404).end();
      else response.writeHead(200, { 'content-length': 100 }).write('part');
      if (url === '/cut') cut = () => response.destroy();
    }),
  );
  const closed = createTcpServer();
  const refuses = await listening({ after: () => {} }, closed);
  closed.close();
  await assert.rejects(fetch(`http://${HOST}:${refuses}/`));
  await assert.rejects(fetch(`http://${HOST}:${port}/never`, { signal: never.signal }));
  const incomplete = await fetch(`http://${HOST}:${port}/cut`);
  cut();
  await assert.rejects(incomplete.text());
  await (await fetch(`http://${HOST}:${port}/partly`)).body?.cancel();
  await (await fetch(`http://${HOST}:${port}/missing`)).text();
  assert.deepEqual(summary(await http.counted(DURATION, 5)), [
    ['error=404 method=GET status=404', 1],
    ['error=AbortError method=GET status=200', 1],
    ['error=ECONNREFUSED method=GET', 1],
    ['error=TimeoutError method=GET', 1],
    ['error=UND_ERR_SOCKET method=GET status=200', 1],
  ]);
});

test('a WebSocket does not count as a request, accepted or refused', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  new WebSocketServer({ server });
  const accepted = new WebSocket(`ws://${HOST}:${await listening(t, server)}`);
  await new Promise((resolve) => accepted.addEventListener('open', resolve));
  const refuses = await listening(
    t,
    createServer((_, response) => response.writeHead(400).end()),
  );
  const refused = new WebSocket(`ws://${HOST}:${refuses}`);
  await new Promise((resolve) => refused.addEventListener('error', resolve));
  assert.deepEqual(await http.series(DURATION), []);
  assert.equal(await http.total('http.client.active_requests'), 0);
  accepted.close();
  await new Promise((resolve) => accepted.addEventListener('close', resolve));
});

test('connections are counted by state: active or idle', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  const port = await listening(t, server);
  const open = connectionStates(http);
  const arrived = once(server, 'request');
  const reading = fetch(`http://${HOST}:${port}/`).then((response) => response.text());
  const [, response] = await arrived;
  await open(['active 1', 'idle 0']);
  response.end();
  await reading;
  await open(['active 0', 'idle 1']);
  server.closeAllConnections();
  await open(['active 0', 'idle 0']);
  assert.equal((await http.series('http.client.connection.duration'))[0]?.count, 1);
});
