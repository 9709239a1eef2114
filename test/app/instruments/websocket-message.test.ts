import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { websocket } from '../../../src/instruments.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';
import { close, listen, open } from './helpers/websocket-peer.ts';

const METRIC = 'websocket.server.process.duration';

test('the processing of a message is timed until its listeners have returned', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  let now = 5_000;
  t.mock.method(performance, 'now', () => now);
  const processed = new Promise<void>((resolve) => {
    end.on('message', (data) => {
      now += 250;
      if (String(data) === 'last') resolve();
    });
  });
  client.send('first');
  client.send(Buffer.from('second'));
  client.send('last');
  await processed;
  t.mock.reset();
  assert.deepEqual((await collect()).histograms(METRIC), [
    [{ 'websocket.message.type': 'text' }, { count: 2, sum: 0.5 }],
    [{ 'websocket.message.type': 'binary' }, { count: 1, sum: 0.25 }],
  ]);
  await close(client, end);
});

test('a listener may have the processing timed itself, with a name and to the end', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  end.on('message', (data) => {
    if (String(data) === 'plain') return;
    void websocket.message({ name: String(data) }, () => promise);
    begun.resolve();
  });
  client.send('plain');
  client.send('subscribe');
  await begun.promise;
  const text = { 'websocket.message.type': 'text' };
  assert.deepEqual((await collect()).counts(METRIC), [[text, 1]]);
  resolve();
  await promise;
  assert.deepEqual((await collect()).counts(METRIC), [
    [text, 1],
    [{ ...text, 'websocket.message.name': 'subscribe' }, 1],
  ]);
  await close(client, end);
});

test('what a listener throws is thrown on, and counts as the failure of its message', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  const error = new RangeError('too far');
  end.on('message', () => {
    throw error;
  });
  assert.throws(
    () => end.emit('message', Buffer.from('by hand'), false),
    (thrown) => thrown === error,
  );
  assert.deepEqual((await collect()).counts(METRIC), [
    [{ 'websocket.message.type': 'text', 'error.type': 'RangeError' }, 1],
  ]);
  await close(client, end);
});

test('a message of another library has the route and type that its caller tells', async () => {
  const collect = registerStockProvider();
  websocket.message({ route: '/live', type: 'binary', name: 'chat' }, () => {});
  const failing = websocket.message({ name: 'chat' }, async () => {
    throw new TypeError('no');
  });
  await assert.rejects(failing, TypeError);
  assert.deepEqual((await collect()).counts(METRIC), [
    [{ 'http.route': '/live', 'websocket.message.type': 'binary', 'websocket.message.name': 'chat' }, 1],
    [{ 'websocket.message.name': 'chat', 'error.type': 'TypeError' }, 1],
  ]);
});

test('the bytes that wait to be sent are the sum over all open connections', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const first = await open(server, url);
  const second = await open(server, url);
  const buffered = async () => (await collect()).sums('websocket.server.buffered');
  assert.deepEqual(await buffered(), [[{}, 0]]);
  // Paused clients read nothing, so that what does not fit into the sockets' own buffers waits.
  for (const { client, end } of [first, second]) {
    client.pause();
    for (let i = 0; i < 40; i++) end.send(Buffer.alloc(1_000_000));
  }
  const waiting = first.end.bufferedAmount + second.end.bufferedAmount;
  assert.ok(waiting > 0);
  assert.deepEqual(await buffered(), [[{}, waiting]]);
  for (const { client } of [first, second]) client.resume();
  await until(() => (first.end.bufferedAmount + second.end.bufferedAmount === 0 ? true : undefined), {
    what: 'everything to be sent',
  });
  assert.deepEqual(await buffered(), [[{}, 0]]);
  await close(first.client, first.end);
  await close(second.client, second.end);
});

test('a connection of another library tells what waits by a function', async () => {
  const collect = registerStockProvider();
  const chat = websocket.connection({ route: '/chat', buffered: () => 30 });
  const more = websocket.connection({ route: '/chat', buffered: () => 12 });
  const route = { 'http.route': '/chat' };
  assert.deepEqual((await collect()).sums('websocket.server.buffered'), [[route, 42]]);
  chat.end();
  assert.deepEqual((await collect()).sums('websocket.server.buffered'), [[route, 12]]);
  more.end();
});

test('a listener that ends its own measurement late does not spoil the next message', async (t) => {
  const collect = registerStockProvider();
  const { server, url } = await listen(t);
  const { client, end } = await open(server, url);
  end.once('message', () => void websocket.message({ name: 'slow' }, () => new Promise(() => {})));
  client.send('slow');
  await once(end, 'message');
  const plain = once(end, 'message');
  client.send('plain');
  await plain;
  assert.deepEqual((await collect()).counts(METRIC), [[{ 'websocket.message.type': 'text' }, 1]]);
  await close(client, end);
});
