import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import { io, type ManagerOptions } from 'socket.io-client';
import { WebSocket } from 'ws';
import { websocket } from '../../../src/instruments.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';

const ROUTE = { 'http.route': '/socket.io' };
const received = (type: string) => ({
  ...ROUTE,
  'websocket.io.direction': 'receive',
  'websocket.message.type': type,
});
const sent = (type: string) => ({ ...received(type), 'websocket.io.direction': 'transmit' });

/** A measured Socket.IO server on a free port; `late` attaches it to its HTTP server after the measuring. */
async function listen(t: TestContext, options: Partial<ServerOptions> = {}, late = false) {
  const http = createServer();
  const server = late ? new Server(options) : new Server(http, options);
  assert.equal(websocket.socketIo(server), server);
  assert.equal(websocket.socketIo(server), server);
  if (late) server.attach(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => server.close());
  const address = http.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { server, url: `http://127.0.0.1:${address.port}` };
}

async function open(t: TestContext, server: Server, url: string, options: Partial<ManagerOptions> = {}) {
  const accepted = once(server, 'connection');
  const client = io(url, { reconnection: false, forceNew: true, ...options });
  t.after(() => void client.close());
  const [end]: Socket[] = await accepted;
  assert.ok(end);
  await until(() => (client.connected ? true : undefined), { what: 'the connection' });
  return { client, end };
}

for (const [how, options, late] of [
  ['by WebSocket', { transports: ['websocket'] }, false],
  ['by polling', { transports: ['polling'] }, false],
  ['that is upgraded', {}, false],
  ['of a server that is attached later', { transports: ['websocket'] }, true],
] as const) {
  test(`a connection ${how} is counted once, with its messages and bytes`, async (t) => {
    const collect = registerStockProvider();
    const { server, url } = await listen(t, {}, late);
    server.on('connection', (socket) => {
      socket.on('echo', (text: string, answer: (text: string) => void) => answer(text));
      socket.on('bytes', (data: Buffer) => socket.emit('bytes', data));
    });
    const { client, end } = await open(t, server, url, {
      ...options,
      transports: [...(options.transports ?? ['polling', 'websocket'])],
    });
    if (how === 'that is upgraded') {
      await until(() => (end.conn.transport.name === 'websocket' ? true : undefined), {
        what: 'the upgrade',
      });
    }
    assert.equal(await client.emitWithAck('echo', 'añ'), 'añ');
    const back = new Promise<Buffer>((resolve) => client.on('bytes', resolve));
    client.emit('bytes', Buffer.alloc(1000));
    assert.equal((await back).length, 1000);
    assert.deepEqual((await collect()).sums('websocket.server.connection.active'), [[ROUTE, 1]]);

    const closed = once(end, 'disconnect');
    client.close();
    await closed;
    const active = async () => (await collect()).sums('websocket.server.connection.active')[0]?.[1];
    await until(async () => ((await active()) === 0 ? true : undefined), {
      what: 'the end of the connection',
    });
    const collected = await collect();
    assert.deepEqual(collected.sums('websocket.server.connection.attempts'), [
      [{ ...ROUTE, 'websocket.outcome': 'accepted' }, 1],
    ]);
    assert.deepEqual(collected.counts('websocket.server.connection.duration'), [[ROUTE, 1]]);
    // The namespace is joined and answered, and left; an event, its acknowledgement, and one with an attachment.
    const text = (packets: readonly string[]) =>
      packets.reduce((sum, packet) => sum + Buffer.byteLength(packet), 0);
    const placeholder = '["bytes",{"_placeholder":true,"num":0}]';
    assert.deepEqual(
      new Map(
        collected.sums('websocket.server.messages').map(([series, count]) => [JSON.stringify(series), count]),
      ),
      new Map([
        [JSON.stringify(received('text')), 4],
        [JSON.stringify(sent('text')), 3],
        [JSON.stringify(received('binary')), 1],
        [JSON.stringify(sent('binary')), 1],
      ]),
    );
    const bytes = new Map(
      collected.sums('websocket.server.io').map(([series, count]) => [JSON.stringify(series), count]),
    );
    assert.equal(bytes.get(JSON.stringify(received('binary'))), 1000);
    assert.equal(bytes.get(JSON.stringify(sent('binary'))), 1000);
    assert.equal(
      bytes.get(JSON.stringify(received('text'))),
      text(['0', '20["echo","añ"]', `51-${placeholder}`, '1']),
    );
    assert.equal(
      bytes.get(JSON.stringify(sent('text'))),
      text([`0{"sid":"${end.id}"}`, '30["añ"]', `51-${placeholder}`]),
    );
  });
}

test('broadcasts count once for each connection', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const peers = [await open(t, server, url), await open(t, server, url), await open(t, server, url)];
  const before = (await collect())
    .sums('websocket.server.messages')
    .find(([series]) => series['websocket.io.direction'] === 'transmit')?.[1];
  const news = Promise.all(peers.map(({ client }) => new Promise((resolve) => client.on('news', resolve))));
  server.emit('news', 'for all');
  await news;
  const after = (await collect())
    .sums('websocket.server.messages')
    .find(([series]) => series['websocket.io.direction'] === 'transmit')?.[1];
  assert.equal(Number(after) - Number(before), 3);
});

test('a handshake that is refused is counted as such', async (t) => {
  const collect = registerStockProvider();
  const { url } = await listen(t, { allowRequest: (_request, answer) => answer('not today', false) });
  const client = io(url, { reconnection: false, forceNew: true, transports: ['websocket'] });
  t.after(() => void client.close());
  await new Promise((resolve) => client.on('connect_error', resolve));
  assert.deepEqual((await collect()).sums('websocket.server.connection.attempts'), [
    [{ ...ROUTE, 'websocket.outcome': 'rejected' }, 1],
  ]);
});

test('a connection that stops answering ends with its error', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t, { pingInterval: 50, pingTimeout: 50 });
  // A client made by hand, which joins and then leaves every ping unanswered.
  const client = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  t.after(() => client.terminate());
  const accepted = once(server, 'connection');
  client.on('open', () => client.send('40'));
  const [end]: Socket[] = await accepted;
  assert.ok(end);
  await once(end, 'disconnect');
  const error = { ...ROUTE, 'error.type': 'ping_timeout' };
  const collected = await collect();
  assert.deepEqual(collected.sums('websocket.server.errors'), [[error, 1]]);
  assert.deepEqual(collected.counts('websocket.server.connection.duration'), [[error, 1]]);
});

test('the bytes that wait to be sent include those still in the engine', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { end } = await open(t, server, url, { transports: ['polling'] });
  // In one turn of the loop the first packet answers the poll, and the second waits for the next.
  end.emit('news', 'x'.repeat(100));
  end.emit('news', 'y'.repeat(50));
  const packet = (text: string) => Buffer.byteLength(`2${JSON.stringify(['news', text])}`);
  const [series] = (await collect()).sums('websocket.server.buffered');
  assert.ok(
    series?.[1] === packet('y'.repeat(50)) ||
      series?.[1] === packet('x'.repeat(100)) + packet('y'.repeat(50)),
    String(series?.[1]),
  );
});

test('a measured server looks like others', async (t) => {
  registerStockProvider();
  const { server, url } = await listen(t);
  const { end } = await open(t, server, url);
  assert.deepEqual(
    Object.keys(end.conn).filter((key) => key === 'emit'),
    [],
  );
  assert.equal(Object.keys(server).includes('bind'), false);
});
