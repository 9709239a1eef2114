import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import nodeHttp, { Agent, createServer, type RequestOptions } from 'node:http';
import { createServer as createTlsServer, Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { done, failed } from './helpers/requests.ts';
import { SERVER_TLS } from './helpers/tls.ts';

const DURATION = 'http.client.request.duration';
const OPEN = 'http.client.open_connections';
const HOST = '127.0.0.1';

const echo = () =>
  createServer((request, response) => {
    response.statusCode = Number(request.headers['x-status'] ?? 200);
    request.pipe(response);
  });

test('a request is recorded with the attributes of the conventions and no others', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(t, echo());
  await done(nodeHttp.request({ host: HOST, port, method: 'PUT' }));
  const [series] = await http.counted(DURATION, 1);
  assert.deepEqual(series?.attributes, {
    'http.request.method': 'PUT',
    'http.response.status_code': 200,
    'network.protocol.version': '1.1',
    'server.address': HOST,
    'server.port': port,
  });
  assert.deepEqual(await http.series('http.client.active_requests'), [
    {
      attributes: { 'http.request.method': 'PUT', 'server.address': HOST, 'server.port': port },
      count: 1,
      sum: 0,
    },
  ]);
});

test('a client records statuses of 400 and above as errors', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(t, echo());
  for (const status of [204, 304, 400, 404, 503]) {
    await done(nodeHttp.request({ host: HOST, port, headers: { 'x-status': status } }));
  }
  await done(nodeHttp.request({ host: HOST, port, method: 'PROPFIND' }));
  assert.deepEqual(summary(await http.counted(DURATION, 6)), [
    ['error=400 method=GET status=400', 1],
    ['error=404 method=GET status=404', 1],
    ['error=503 method=GET status=503', 1],
    ['method=GET status=204', 1],
    ['method=GET status=304', 1],
    ['method=_OTHER status=200', 1],
  ]);
});

test('a duration ends with the response, not with its headers or its connection', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((_, response) => {
      response.flushHeaders();
      setTimeout(() => response.end('late'), 60);
    }),
  );
  const agent = new Agent({ keepAlive: false });
  await done(nodeHttp.request({ host: HOST, port, agent }));
  const [series] = await http.counted(DURATION, 1);
  assert.ok(series !== undefined && series.sum > 0.055, `${series?.sum}`);
});

test('server.address and server.port are those that the application asked for, in every form of the call', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(t, echo());
  const asked: readonly (string | URL | RequestOptions)[] = [
    `http://${HOST}:${port}/`,
    new URL(`http://localhost:${port}/`),
    { hostname: HOST, port, path: '/x' },
    { host: HOST, port, headers: { host: 'other.example' } },
    { host: HOST, port: `${port}`, headers: ['Host', 'other.example:81'] },
    { host: HOST, port, setHost: false, headers: { host: `${HOST}:${port}` } },
  ];
  for (const options of asked) await done(nodeHttp.request(options));
  const peers = (await http.counted(DURATION, asked.length)).map(({ attributes, count }) => [
    attributes['server.address'],
    attributes['server.port'],
    count,
  ]);
  assert.deepEqual(peers.sort(), [
    [HOST, port, 5],
    ['localhost', port, 1],
  ]);
});

test('a Unix domain socket is an address without a port', async (t) => {
  const http = measuredHttp(t);
  const folder = mkdtempSync(join(tmpdir(), 'pitot-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const socketPath = join(folder, 'http.sock');
  const server = echo().listen(socketPath);
  t.after(() => void server.close());
  await once(server, 'listening');
  await done(nodeHttp.request({ socketPath, agent: false }));
  const [series] = await http.counted(DURATION, 1);
  assert.equal(series?.attributes['server.address'], socketPath);
  assert.equal(series?.attributes['server.port'], undefined);
});

test('HTTPS requests record their port', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createTlsServer(SERVER_TLS, (_, response) => response.end('ok')),
  );
  const agent = new TlsAgent({ keepAlive: true });
  t.after(() => agent.destroy());
  await done(tlsRequest({ host: HOST, port, agent, rejectUnauthorized: false }));
  const [series] = await http.counted(DURATION, 1);
  assert.deepEqual([series?.attributes['server.address'], series?.attributes['server.port']], [HOST, port]);
  assert.equal(await http.total(OPEN), 1);
});

test('failed requests are counted once, under the code of their error', async (t) => {
  const http = measuredHttp(t);
  const hangsUp = await listening(
    t,
    createTcpServer((socket) => socket.on('data', () => socket.destroy()).on('error', () => {})),
  );
  const nonsense = await listening(
    t,
    createTcpServer((socket) => socket.on('data', () => socket.end('nonsense')).on('error', () => {})),
  );
  const closed = createTcpServer();
  const refuses = await listening({ after: () => {} }, closed);
  closed.close();
  await failed(nodeHttp.get({ host: HOST, port: refuses }));
  await failed(nodeHttp.get({ host: HOST, port: hangsUp }));
  await failed(nodeHttp.get({ host: HOST, port: nonsense }));
  assert.deepEqual(summary(await http.counted(DURATION, 3)), [
    ['error=ECONNREFUSED method=GET', 1],
    ['error=ECONNRESET method=GET', 1],
    ['error=HPE_INVALID_CONSTANT method=GET', 1],
  ]);
});

test('requests that the application aborts are counted once', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer(({ url }, response) => {
      if (url === '/partly') response.write('part');
    }),
  );
  const options = { host: HOST, port };
  await failed(nodeHttp.get({ ...options, signal: AbortSignal.timeout(20) }));
  const before = nodeHttp.get(options);
  before.destroy();
  await failed(before);
  const timed = nodeHttp.get({ ...options, timeout: 20 });
  timed.on('timeout', () => timed.destroy(Object.assign(new Error('slow'), { code: 'ESLOW' })));
  await failed(timed);
  const partly = nodeHttp.get({ ...options, path: '/partly' }, (response) => {
    response.on('error', () => {});
    response.once('data', () => partly.destroy());
  });
  await failed(partly);
  assert.deepEqual(summary(await http.counted(DURATION, 4)), [
    ['error=ABORT_ERR method=GET', 1],
    ['error=ECONNRESET method=GET', 1],
    ['error=ECONNRESET method=GET status=200', 1],
    ['error=ESLOW method=GET', 1],
  ]);
});

test('a response that is cut off is counted once, with its status', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('part');
      setTimeout(() => request.socket.destroy(), 20);
    }),
  );
  const request = nodeHttp.get({ host: HOST, port }, (response) => response.resume().on('error', () => {}));
  await failed(request);
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['error=ECONNRESET method=GET status=200', 1]]);
});

test('a response without a listener is counted', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(t, echo());
  nodeHttp.request({ host: HOST, port }).end();
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=200', 1]]);
});

test('informational responses do not end a request', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer((_, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      setTimeout(() => response.writeHead(201).end(), 10);
    }),
  );
  await done(nodeHttp.request({ host: HOST, port, method: 'POST', headers: { expect: '100-continue' } }));
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=POST status=201', 1]]);
});

test('an upgrade is counted once, when it is done', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  new WebSocketServer({ server });
  const socket = new WebSocket(`ws://${HOST}:${await listening(t, server)}`);
  await once(socket, 'open');
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=101', 1]]);
  await pause(10);
  assert.equal(await http.total(OPEN), 0);
  socket.terminate();
  await once(socket, 'close');
});
