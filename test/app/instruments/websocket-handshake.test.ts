import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { WebSocket, WebSocketServer } from 'ws';
import { websocket } from '../../../src/instruments.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';
import { close, handshake, listen, open } from './helpers/websocket-peer.ts';

test('handshakes are counted by outcome', async (t) => {
  const collect = registerStockProvider();
  const { url } = await listen(t, {
    path: '/live',
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === 'yes',
  });
  const refusal = async (path: string, headers: Record<string, string>) => {
    const client = new WebSocket(`${url}${path}`, { headers });
    const [, response] = await once(client, 'unexpected-response');
    response.resume();
    await once(response, 'close');
    return response.statusCode;
  };
  assert.equal(await refusal('/live', {}), 401);
  assert.equal(await refusal('/elsewhere', { authorization: 'yes' }), 400);
  await once(new WebSocket(`${url}/live`, { headers: { authorization: 'yes' } }), 'open');
  const outcomes = async () =>
    Object.fromEntries(
      (await collect())
        .sums('websocket.server.connection.attempts')
        .map(([attributes, count]) => [attributes['websocket.outcome'], count]),
    );
  // A refusal is counted when its socket has closed on the server's side as well.
  await until(async () => (await outcomes()).rejected === 2 || undefined, { what: 'both refusals' });
  assert.deepEqual(await outcomes(), { rejected: 2, accepted: 1 });
});

test('a client that leaves before its handshake is answered makes it an aborted one', async (t) => {
  const collect = registerStockProvider();
  const left = Promise.withResolvers<(accept: boolean) => void>();
  const { port } = await listen(t, {
    verifyClient: ({ req }, answer) => {
      req.socket.on('close', () => left.resolve(answer));
      client.resetAndDestroy();
    },
  });
  const client = handshake(t, port, '/');
  const answer = await left.promise;
  answer(true);
  assert.deepEqual((await collect()).sums('websocket.server.connection.attempts'), [
    [{ 'websocket.outcome': 'aborted' }, 1],
  ]);
});

test('a server without an HTTP server of its own is measured by its handleUpgrade', async (t) => {
  const collect = registerStockProvider();
  const sockets = websocket.server(new WebSocketServer({ noServer: true }), { route: '/orgs/:org/live' });
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (connection, same) => {
      assert.equal(same, request);
      connection.send('hello');
      connection.close();
    });
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = new WebSocket(`ws://127.0.0.1:${address.port}/orgs/acme/live`);
  const [[message]] = await Promise.all([once(client, 'message'), once(client, 'close')]);
  assert.equal(String(message), 'hello');
  const collected = await collect();
  assert.deepEqual(collected.sums('websocket.server.connection.attempts'), [
    [{ 'http.route': '/orgs/:org/live', 'websocket.outcome': 'accepted' }, 1],
  ]);
  assert.deepEqual(
    collected
      .sums('websocket.server.messages')
      .map(([attributes, count]) => [attributes['http.route'], count]),
    [['/orgs/:org/live', 1]],
  );
});

test('a server that is given twice is measured once', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  assert.equal(websocket.server(server), server);
  const { client, end } = await open(server, url);
  await close(client, end);
  assert.deepEqual((await collect()).sums('websocket.server.connection.attempts'), [
    [{ 'websocket.outcome': 'accepted' }, 1],
  ]);
});

test('a measured server and its connections look like others', async (t) => {
  registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  assert.equal(Object.keys(server).includes('handleUpgrade'), false);
  assert.deepEqual(
    Object.keys(end).filter((key) => key === 'emit' || key === 'send'),
    [],
  );
  assert.deepEqual([end.send.name, end.send.length], ['send', 3]);
  assert.deepEqual(
    [end.emit.name, end.emit.length],
    [WebSocket.prototype.emit.name, WebSocket.prototype.emit.length],
  );
  assert.equal(server.handleUpgrade.length, 4);
  assert.deepEqual(
    ['message', 'error'].map((event) => end.listenerCount(event)),
    [0, 0],
  );
  assert.equal(Object.hasOwn(WebSocket.prototype, 'emit'), false);
  await close(client, end);
});

test('a connection from which the application takes all listeners is still followed to its end', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  end.removeAllListeners();
  await close(client, end);
  assert.deepEqual((await collect()).sums('websocket.server.connection.active'), [[{}, 0]]);
});

test('an unhandled error of a connection still ends the process', async () => {
  const href = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { WebSocketServer } from 'ws';
    import { connect } from 'node:net';
    import { websocket } from ${href('../../../src/instruments.ts')};
    const server = websocket.server(new WebSocketServer({ host: '127.0.0.1', port: 0 }));
    server.on('listening', () => {
      const socket = connect(server.address().port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n' +
        'Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n');
      server.on('connection', () => socket.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0])));
    });
  `;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  await assert.rejects(child, { code: 1, stderr: /Unhandled 'error' event[\s\S]*WS_ERR_UNEXPECTED_RSV_2_3/ });
});
