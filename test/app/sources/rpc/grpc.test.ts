import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { grpc as source } from '../../../../src/app/sources/rpc/sources.ts';
import { measureCalls } from './helpers/calls.ts';

const measured = measureCalls(source);
// Loads grpc-js.
const { answer, grpc, get, messagesOf, shopClient, startShop } = await import('./helpers/grpc-shop.ts');

afterEach(async () => {
  await measured.counted('client');
  await measured.counted('server');
});

test('calls of all four kinds count once on both sides, with their method and status', async (t) => {
  const port = await startShop(t);
  const client = shopClient(t, port);
  assert.equal(await answer(client, 'a'), 'a');
  const put = Promise.withResolvers<string | undefined>();
  const upload = client.Put((_error, value) => put.resolve(value));
  upload.write('a');
  upload.end('b');
  assert.equal(await put.promise, 'a,b');
  assert.deepEqual(await messagesOf(client.List('a')), ['a', 'a']);
  const chat = client.Chat();
  chat.write('a');
  chat.end('b');
  assert.deepEqual(await messagesOf(chat), ['a', 'b']);
  const each = {
    'shop.Orders/Get OK': 1,
    'shop.Orders/Put OK': 1,
    'shop.Orders/List OK': 1,
    'shop.Orders/Chat OK': 1,
  };
  assert.deepEqual(await measured.counted('client'), each);
  assert.deepEqual(await measured.counted('server'), each);
  for (const attributes of await measured.series('client')) {
    assert.equal(attributes['rpc.system.name'], 'grpc');
    assert.equal(attributes['server.address'], '127.0.0.1');
    assert.equal(attributes['server.port'], port);
  }
  for (const attributes of await measured.series('server')) {
    assert.deepEqual(Object.keys(attributes).toSorted(), [
      'rpc.method',
      'rpc.status_code',
      'rpc.system.name',
    ]);
  }
});

test('every status but OK is an error of the client, and of the server only those that say it is at fault', async (t) => {
  const client = shopClient(t, await startShop(t));
  for (let code = 1; code <= 16; code++) assert.equal(await answer(client, `error ${code}`), code);
  const codes = Object.entries(grpc.status).flatMap(([name, code]) =>
    typeof code === 'number' && code > 0 ? [name] : [],
  );
  assert.equal(codes.length, 16);
  assert.deepEqual(
    await measured.counted('client'),
    Object.fromEntries(codes.map((name) => [`shop.Orders/Get ${name} !`, 1])),
  );
  const ofServer = ['UNKNOWN', 'DEADLINE_EXCEEDED', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS'];
  assert.deepEqual(
    await measured.counted('server'),
    Object.fromEntries(
      codes.map((name) => [`shop.Orders/Get ${name}${ofServer.includes(name) ? ' !' : ''}`, 1]),
    ),
  );
});

test('a code that gRPC does not have is UNKNOWN', async (t) => {
  const client = shopClient(t, await startShop(t));
  await answer(client, 'error 77');
  assert.deepEqual(await measured.counted('server'), { 'shop.Orders/Get UNKNOWN !': 1 });
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get UNKNOWN !': 1 });
});

test('streams that fail or throw count with their error', async (t) => {
  const throwing = () => {
    throw new Error('in the handler');
  };
  const client = shopClient(t, await startShop(t, { get: throwing }));
  assert.equal(await answer(client, 'a'), grpc.status.UNKNOWN);
  const chat = client.Chat();
  chat.write('a');
  chat.write('error 13');
  assert.deepEqual(await messagesOf(chat), ['a', 13]);
  const counts = { 'shop.Orders/Get UNKNOWN !': 1, 'shop.Orders/Chat INTERNAL !': 1 };
  assert.deepEqual(await measured.counted('client'), counts);
  assert.deepEqual(await measured.counted('server'), counts);
});

test('a method without an implementation keeps its name, and methods that a server does not have are _OTHER', async (t) => {
  for (const options of [{}, { 'grpc.enable_channelz': 0 }]) {
    const port = await startShop(t, { options });
    const client = shopClient(t, port);
    assert.equal(await answer(client, 'a', {}, 'Drop'), grpc.status.UNIMPLEMENTED);
    for (let i = 0; i < 3; i++) assert.equal(await callOf(client, `/shop.Orders/Unknown${i}`), 12);
    assert.deepEqual(await measured.counted('server'), {
      'shop.Orders/Drop UNIMPLEMENTED !': 1,
      '_OTHER UNIMPLEMENTED !': 3,
    });
    assert.deepEqual(await measured.counted('client'), {
      'shop.Orders/Drop UNIMPLEMENTED !': 1,
      'shop.Orders/Unknown0 UNIMPLEMENTED !': 1,
      'shop.Orders/Unknown1 UNIMPLEMENTED !': 1,
      'shop.Orders/Unknown2 UNIMPLEMENTED !': 1,
    });
  }
});

test('a server without channelz is measured', async (t) => {
  const client = shopClient(t, await startShop(t, { options: { 'grpc.enable_channelz': 0 } }), {
    'grpc.enable_channelz': 0,
  });
  assert.equal(await answer(client, 'a'), 'a');
  assert.equal(await answer(client, 'error 5'), 5);
  assert.deepEqual(await measured.counted('server'), {
    'shop.Orders/Get OK': 1,
    'shop.Orders/Get NOT_FOUND': 1,
  });
});

test('a call past its deadline is DEADLINE_EXCEEDED for the client', async (t) => {
  const client = shopClient(t, await startShop(t, { get: () => undefined }));
  assert.equal(await answer(client, 'a', { deadline: Date.now() + 50 }), grpc.status.DEADLINE_EXCEEDED);
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get DEADLINE_EXCEEDED !': 1 });
  const server = await measured.countedOf('server', 1);
  // Its own deadline may have passed before it noticed that the client had gone.
  assert.match(Object.keys(server).join(), /^shop\.Orders\/Get (CANCELLED|DEADLINE_EXCEEDED !)$/);
});

test('a call that a server gives up at its deadline is DEADLINE_EXCEEDED, though the handler never answers', async (t) => {
  const { status } = await rawCall(await startShop(t, { get: () => undefined }), { 'grpc-timeout': '20m' });
  assert.equal(status, '4');
  assert.deepEqual(await measured.counted('server'), { 'shop.Orders/Get DEADLINE_EXCEEDED !': 1 });
});

test('a call that the client cancels is CANCELLED on both sides, and not an error of the server', async (t) => {
  const started = Promise.withResolvers<void>();
  const client = shopClient(t, await startShop(t, { get: () => started.resolve() }));
  const code = new Promise((resolve) => {
    const call = client.Get('a', (error) => resolve(error?.code));
    void started.promise.then(() => call.cancel());
  });
  assert.equal(await code, grpc.status.CANCELLED);
  const stream = client.List('wait');
  await once(stream, 'data');
  stream.cancel();
  assert.deepEqual(await messagesOf(stream), [1]);
  assert.deepEqual(await measured.counted('client'), {
    'shop.Orders/Get CANCELLED !': 1,
    'shop.Orders/List CANCELLED !': 1,
  });
  const ended = await measured.countedOf('server', 2);
  assert.deepEqual(ended, { 'shop.Orders/Get CANCELLED': 1, 'shop.Orders/List CANCELLED': 1 });
});

test('messages that cannot be read or are too long count with the status that the other side gets', async (t) => {
  const port = await startShop(t, { options: { 'grpc.max_receive_message_length': 100 } });
  const client = shopClient(t, port, { 'grpc.max_receive_message_length': 50 });
  assert.equal(await answer(client, 'unreadable'), grpc.status.INTERNAL);
  assert.equal(await answer(client, 'x'.repeat(200)), grpc.status.RESOURCE_EXHAUSTED);
  assert.deepEqual(await measured.counted('server'), {
    'shop.Orders/Get INTERNAL !': 1,
    'shop.Orders/Get RESOURCE_EXHAUSTED': 1,
  });
  assert.equal(await answer(client, 'x'.repeat(80)), grpc.status.RESOURCE_EXHAUSTED);
  assert.deepEqual(await measured.counted('client'), {
    'shop.Orders/Get INTERNAL !': 1,
    'shop.Orders/Get RESOURCE_EXHAUSTED !': 2,
  });
});

test('a response that the client cannot read is the status that the application gets', async (t) => {
  const client = shopClient(t, await startShop(t, { get: (_, callback) => callback(null, 'unreadable') }));
  assert.equal(await answer(client, 'a'), grpc.status.INTERNAL);
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get INTERNAL !': 1 });
});

test('without a server a call is UNAVAILABLE at the target that the client was given', async (t) => {
  const client = shopClient(t, 'localhost:1');
  assert.equal(await answer(client, 'a'), grpc.status.UNAVAILABLE);
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get UNAVAILABLE !': 1 });
  const there = (await measured.series('client')).filter((one) => one['server.address'] === 'localhost');
  assert.deepEqual(
    there.map((one) => one['server.port']),
    [1],
  );
});

test('the address of a server at a Unix domain socket is its path', async (t) => {
  const path = join(tmpdir(), `pitot-grpc-${process.pid}.sock`);
  await startShop(t, { at: `unix:${path}` });
  assert.equal(await answer(shopClient(t, `unix:${path}`), 'a'), 'a');
  const [there, ...others] = (await measured.series('client')).filter(
    (one) => one['server.address'] === path,
  );
  assert.equal(there?.['server.port'], undefined);
  assert.deepEqual(others, []);
});

test('a server that is shut down while a call is open leaves one call on both sides', async (t) => {
  const ended = Promise.withResolvers<void>();
  const lifetime = { after: (end: () => void | Promise<void>) => void ended.promise.then(end) };
  const stream = shopClient(t, await startShop(lifetime)).List('wait');
  await once(stream, 'data');
  ended.resolve();
  const [code] = await messagesOf(stream);
  const client = await measured.counted('client');
  assert.deepEqual(client, { [`shop.Orders/List ${grpc.status[Number(code)]} !`]: 1 });
  assert.deepEqual(await measured.countedOf('server', 1), { 'shop.Orders/List CANCELLED': 1 });
});

test('attempts that gRPC itself repeats are one call of the client, and each is a call of the server', async (t) => {
  let asked = 0;
  const port = await startShop(t, {
    get: (call, callback) => {
      asked++;
      if (asked % 3 === 0) get(call, callback);
      else callback({ code: grpc.status.UNAVAILABLE });
    },
  });
  const retryPolicy = {
    maxAttempts: 5,
    initialBackoff: '0.01s',
    maxBackoff: '0.01s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  const client = shopClient(t, port, {
    'grpc.service_config': JSON.stringify({
      methodConfig: [{ name: [{ service: 'shop.Orders' }], retryPolicy }],
      loadBalancingConfig: [],
    }),
  });
  assert.equal(await answer(client, 'a'), 'a');
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get OK': 1 });
  assert.deepEqual(await measured.counted('server'), {
    'shop.Orders/Get OK': 1,
    'shop.Orders/Get UNAVAILABLE !': 2,
  });
});

test('an interceptor that answers by itself decides the status', async (t) => {
  const client = shopClient(t, 'localhost:1', {
    interceptors: [
      (options, nextCall) =>
        new grpc.InterceptingCall(nextCall(options), {
          start(_metadata, listener) {
            listener.onReceiveMessage('from a cache');
            listener.onReceiveStatus({ code: 0, details: '', metadata: new grpc.Metadata() });
          },
          sendMessage: () => {},
          halfClose: () => {},
        }),
    ],
  });
  assert.equal(await answer(client, 'a'), 'from a cache');
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get OK': 1 });
});

test('a call on a closed client throws as without pitot, and counts without a status', async (t) => {
  const client = shopClient(t, 'localhost:1');
  client.close();
  assert.throws(() => client.Get('a', () => {}), /Channel has been shut down/);
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get !Error': 1 });
});

test('a unary call that succeeds without a message is the error that grpc-js makes of it', async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    response.stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' },
      { endStream: true },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = shopClient(t, address.port);
  assert.equal(await answer(client, 'a'), grpc.status.UNIMPLEMENTED);
  assert.deepEqual(await measured.counted('client'), { 'shop.Orders/Get UNIMPLEMENTED !': 1 });
});

test('a request that is not one of gRPC is not a call', async (t) => {
  const { http } = await rawCall(await startShop(t), { 'content-type': 'application/json' });
  assert.equal(http, 415);
  assert.deepEqual(await measured.counted('server'), {});
});

test('however many paths a client is given, 200 are series and the others are _OTHER', async (t) => {
  const client = shopClient(t, await startShop(t));
  for (let i = 0; i < 300; i++) assert.equal(await callOf(client, `/proxied.Service/${i}`), 12);
  const counts = await measured.counted('client');
  assert.ok((counts['_OTHER UNIMPLEMENTED !'] ?? 0) >= 100);
  assert.ok(Object.keys(counts).length <= 201);
  assert.equal(
    Object.values(counts).reduce((a, b) => a + b),
    300,
  );
  assert.deepEqual(await measured.counted('server'), { '_OTHER UNIMPLEMENTED !': 300 });
});

test('when the source stops, grpc-js is as it was', async (t) => {
  measured.stop();
  const client = shopClient(t, await startShop(t));
  assert.equal(await answer(client, 'a'), 'a');
  assert.deepEqual(await measured.counted('client'), {});
  assert.deepEqual(await measured.counted('server'), {});
});

/** The code of a unary call to any path. */
function callOf(client: InstanceType<typeof grpc.Client>, path: string): Promise<number | undefined> {
  const bytes = () => Buffer.alloc(0);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, bytes, bytes, 'a', (error) => resolve(error?.code));
  });
}

/** A call to Get by an HTTP/2 client that knows nothing of gRPC. */
async function rawCall(
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<{ http: number | undefined; status: unknown }> {
  const session = connect(`http://127.0.0.1:${port}`);
  const request = session.request({
    ':method': 'POST',
    ':path': '/shop.Orders/Get',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  request.end(Buffer.from([0, 0, 0, 0, 1, 97]));
  const [answered] = await once(request, 'response');
  request.resume();
  await once(request, 'close');
  session.close();
  return { http: answered[':status'], status: answered['grpc-status'] };
}
