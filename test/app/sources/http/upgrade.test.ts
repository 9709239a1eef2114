import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';

const DURATION = 'http.server.request.duration';
const UPGRADE =
  'GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

test('a WebSocket is counted once, when its handshake is done, and is not active after that', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  const port = await listening(t, server);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=101', 1]]);
  socket.send('hello');
  assert.equal(String((await once(socket, 'message'))[0]), 'hello');
  socket.close();
  await once(socket, 'close');
  await pause(20);
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=101', 1]]);
});

test('a server that adds WebSockets after it listens is measured', async (t) => {
  const http = measuredHttp(t);
  const server = createServer((_, response) => response.end());
  const port = await listening(t, server);
  new WebSocketServer({ server });
  await once(new WebSocket(`ws://127.0.0.1:${port}`), 'open');
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=101', 1]]);
});

test('a handshake that is refused is counted with its status', async (t) => {
  const http = measuredHttp(t);
  const server = createServer();
  new WebSocketServer({ server, verifyClient: (_, done) => setTimeout(done, 10, false, 401) });
  const client = await RawClient.connect(t, await listening(t, server));
  client.write(UPGRADE);
  assert.equal((await client.response()).status, 401);
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=401', 1]]);
});

test('a handshake that the client aborts is counted without a status', async (t) => {
  const http = measuredHttp(t);
  const server = createServer().on('upgrade', (request, socket) => {
    if (request.url === '/socket') socket.on('error', () => {});
    else socket.destroy();
  });
  const arrived = once(server, 'upgrade');
  const port = await listening(t, server);
  const patient = await RawClient.connect(t, port);
  patient.write(UPGRADE);
  await arrived;
  patient.reset();
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['error=client_disconnected method=GET', 1]]);
  (await RawClient.connect(t, port)).write(UPGRADE.replace('/socket', '/no'));
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['error=client_disconnected method=GET', 1],
    ['error=server_disconnected method=GET', 1],
  ]);
});

test('without an upgrade listener the server answers an upgrade request like any other', async (t) => {
  const http = measuredHttp(t);
  const server = createServer((_, response) => response.writeHead(426).end());
  const port = await listening(t, server);
  const listener = (): void => {};
  server.on('upgrade', listener);
  assert.equal(server.listenerCount('upgrade'), 2);
  server.removeListener('upgrade', listener);
  assert.equal(server.listenerCount('upgrade'), 0);
  server.once('upgrade', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const first = await RawClient.connect(t, port);
  first.write(UPGRADE);
  assert.equal((await first.response()).status, 400);
  const second = await RawClient.connect(t, port);
  second.write(UPGRADE);
  assert.equal((await second.response()).status, 426);
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['method=GET status=400', 1],
    ['method=GET status=426', 1],
  ]);
});

test('CONNECT is counted once, when the tunnel is open', async (t) => {
  const http = measuredHttp(t);
  const server = createServer().on('connect', (_, socket) => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(socket);
  });
  const client = await RawClient.connect(t, await listening(t, server));
  client.write('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n');
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=CONNECT status=200', 1]]);
  client.write('tunnelled');
  await pause(20);
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=CONNECT status=200', 1]]);
});

test('writes after the handshake go through the original methods of the socket', async (t) => {
  measuredHttp(t);
  const writes: unknown[] = [];
  const server = createServer().on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    writes.push(Object.hasOwn(socket, 'write'), Object.hasOwn(socket, 'end'));
    socket.end();
  });
  const client = await RawClient.connect(t, await listening(t, server));
  client.write(UPGRADE);
  assert.equal((await client.response()).status, 101);
  assert.deepEqual(writes, [false, false]);
});
