import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { websocket } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';
import { close, handshake, listen, open } from './helpers/websocket-peer.ts';

const received = (type: string) => ({ 'websocket.io.direction': 'receive', 'websocket.message.type': type });
const sent = (type: string) => ({ 'websocket.io.direction': 'transmit', 'websocket.message.type': type });

test('connections are active while they are open, and have a duration afterwards', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const connections = [await open(server, url), await open(server, url), await open(server, url)];
  assert.deepEqual((await collect()).sums('websocket.server.connection.active'), [[{}, 3]]);
  assert.deepEqual((await collect()).histograms('websocket.server.connection.duration'), []);
  for (const { client, end } of connections.slice(1)) await close(client, end);
  const collected = await collect();
  assert.deepEqual(collected.sums('websocket.server.connection.active'), [[{}, 1]]);
  assert.deepEqual(collected.sums('websocket.server.connection.attempts'), [
    [{ 'websocket.outcome': 'accepted' }, 3],
  ]);
  const [duration] = collected.histograms('websocket.server.connection.duration');
  assert.deepEqual([duration?.[0], duration?.[1].count], [{}, 2]);
});

test('messages and bytes are counted by direction and type', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  server.on('connection', (socket) => {
    socket.send('hello');
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  const { client, end } = await open(server, url);
  const messages = ['', 'añ€😀', Buffer.from([1, 2, 3]), new Uint16Array([1, 2]).buffer, 'x'.repeat(70_000)];
  let echoes = 0;
  const echoed = new Promise<void>((resolve) => {
    client.on('message', () => {
      echoes += 1;
      if (echoes === messages.length) resolve();
    });
  });
  for (const message of messages) client.send(message);
  await echoed;
  await close(client, end);
  const collected = await collect();
  assert.deepEqual(collected.sums('websocket.server.messages'), [
    [sent('text'), 4],
    [received('text'), 3],
    [received('binary'), 2],
    [sent('binary'), 2],
  ]);
  assert.deepEqual(collected.sums('websocket.server.io'), [
    [sent('text'), 5 + 0 + 10 + 70_000],
    [received('text'), 0 + 10 + 70_000],
    [received('binary'), 3 + 4],
    [sent('binary'), 3 + 4],
  ]);
});

for (const binaryType of ['nodebuffer', 'arraybuffer', 'fragments', 'blob'] as const) {
  test(`bytes that are received as ${binaryType} are counted, also of a message in fragments`, async (t) => {
    const collect = registerStockProvider();
    const { server, url } = await listen(t);
    const { client, end } = await open(server, url);
    // The types of ws do not know that it also delivers blobs.
    Reflect.set(end, 'binaryType', binaryType);
    const message = once(end, 'message');
    client.send(Buffer.alloc(10), { fin: false });
    client.send(Buffer.alloc(20), { fin: true });
    await message;
    const collected = await collect();
    assert.deepEqual(collected.sums('websocket.server.messages'), [[received('binary'), 1]]);
    assert.deepEqual(collected.sums('websocket.server.io'), [[received('binary'), 30]]);
  });
}

test('every form of data that ws sends is counted as what arrives at the client', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  const arrived = { text: [0, 0], binary: [0, 0] };
  client.on('message', (data: Buffer, isBinary) => {
    const counts = arrived[isBinary ? 'binary' : 'text'];
    counts[0] = (counts[0] ?? 0) + 1;
    counts[1] = (counts[1] ?? 0) + data.length;
  });
  end.send('añ€😀');
  end.send(12.5);
  end.send(Buffer.from('abc'));
  end.send(Buffer.from('as text'), { binary: false });
  end.send('as binary', { binary: true });
  end.send(new Float64Array(3));
  end.send(new ArrayBuffer(7));
  end.send([1, 2, 3, 4]);
  end.send('with a callback', () => {});
  // The types of ws do not know that it also sends blobs.
  Reflect.apply(end.send, end, [new Blob(['12345678901'])]);
  end.send('a message', { fin: false });
  end.send(' in three', { fin: false });
  end.send(' fragments');
  await close(client, end);
  const collected = await collect();
  assert.deepEqual(arrived, { text: [5, 10 + 4 + 7 + 15 + 28], binary: [6, 3 + 9 + 24 + 7 + 4 + 11] });
  assert.deepEqual(collected.sums('websocket.server.messages'), [
    [sent('text'), arrived.text[0]],
    [sent('binary'), arrived.binary[0]],
  ]);
  assert.deepEqual(collected.sums('websocket.server.io'), [
    [sent('text'), arrived.text[1]],
    [sent('binary'), arrived.binary[1]],
  ]);
});

test('bytes are those of the payload when messages are compressed', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t, { perMessageDeflate: { threshold: 0 } });
  const { client, end } = await open(server, url);
  const message = once(end, 'message');
  client.send('a'.repeat(5_000));
  await message;
  end.send('b'.repeat(3_000));
  await close(client, end);
  assert.deepEqual((await collect()).sums('websocket.server.io'), [
    [received('text'), 5_000],
    [sent('text'), 3_000],
  ]);
});

test('a message sent to a closing connection is not counted', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  const closed = Promise.all([once(client, 'close'), once(end, 'close')]);
  end.close();
  end.send('too late');
  await closed;
  end.send('much too late');
  assert.deepEqual((await collect()).sums('websocket.server.messages'), []);
});

test('an error of a connection is counted, and its connection ends with the error', async (t) => {
  const collect = registerStockProvider();
  const { server, port } = await listen(t);
  const accepted = once(server, 'connection');
  const socket = handshake(t, port, '/');
  const [end] = await accepted;
  assert.ok(end instanceof WebSocket);
  const errors: unknown[] = [];
  end.on('error', (error) => errors.push(error));
  const closed = new Promise((resolve) => end.on('close', resolve));
  // A frame whose reserved bits are set, which no extension explains.
  socket.end(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
  await closed;
  assert.equal(errors.length, 1);
  const collected = await collect();
  const error = { 'error.type': 'WS_ERR_UNEXPECTED_RSV_2_3' };
  assert.deepEqual(collected.sums('websocket.server.errors'), [[error, 1]]);
  const [duration] = collected.histograms('websocket.server.connection.duration');
  assert.deepEqual([duration?.[0], duration?.[1].count], [error, 1]);
  assert.deepEqual(collected.sums('websocket.server.connection.active'), [[{}, 0]]);
});

test('a connection of another library is measured by what its caller tells', async () => {
  const collect = registerStockProvider();
  await websocket.connection({ route: '/chat' }, async (connection) => {
    connection.received('text', 12);
    connection.received('binary', 3);
    connection.sent('text', 100);
  });
  const route = { 'http.route': '/chat' };
  const collected = await collect();
  assert.deepEqual(collected.sums('websocket.server.messages'), [
    [{ ...route, ...received('text') }, 1],
    [{ ...route, ...received('binary') }, 1],
    [{ ...route, ...sent('text') }, 1],
  ]);
  assert.deepEqual(
    collected.sums('websocket.server.io').map(([, bytes]) => bytes),
    [12, 3, 100],
  );
  assert.deepEqual(collected.sums('websocket.server.connection.active'), [[route, 0]]);
});
