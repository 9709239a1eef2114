import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { websocket } from '../../../../src/instruments.ts';

/** A measured server on a free port, closed with its connections when the test ends. */
export async function listen(t: TestContext, options: ServerOptions = {}) {
  const server = websocket.server(new WebSocketServer({ host: '127.0.0.1', port: 0, ...options }));
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { server, port: address.port, url: `ws://127.0.0.1:${address.port}` };
}

/** Opens a connection; gives the client's end and the server's. */
export async function open(server: WebSocketServer, url: string) {
  const accepted = once(server, 'connection');
  const client = new WebSocket(url);
  const [[end]] = await Promise.all([accepted, once(client, 'open')]);
  assert.ok(end instanceof WebSocket);
  return { client, end };
}

/** Closes a connection; waits for both ends. */
export async function close(client: WebSocket, end: WebSocket) {
  const closed = Promise.all([once(client, 'close'), once(end, 'close')]);
  client.close();
  await closed;
}

/** Sends an opening handshake by hand, to misbehave afterwards. */
export function handshake(t: TestContext, port: number, path: string): Socket {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  return socket;
}
