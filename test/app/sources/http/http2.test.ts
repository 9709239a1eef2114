import assert from 'node:assert/strict';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setRoute } from '../../../../src/app/sources/http/measured-request.ts';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';
import { SERVER_TLS } from './helpers/tls.ts';

const DURATION = 'http.server.request.duration';
const REQUEST = 'http.server.request.body.size';
const RESPONSE = 'http.server.response.body.size';

function session(t: TestContext, port: number, scheme = 'http'): ClientHttp2Session {
  const client = connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  client.on('error', () => {});
  t.after(() => client.destroy());
  return client;
}

/** Sends a request and reads the response to its end. */
async function fetched(
  client: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Uint8Array,
): Promise<{ status: number; size: number }> {
  const stream = client.request({ ':path': '/', ...headers });
  let status = 0;
  let size = 0;
  stream.on('response', (response) => {
    status = Number(response[':status']);
  });
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
  });
  stream.end(body);
  await closed(stream);
  return { status, size };
}

function closed(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => stream.on('close', () => resolve()));
}

function server(handle: Parameters<typeof createServer>[1]): Http2Server {
  return createServer(handle);
}

test('requests over HTTP/2 are recorded with its version, and with bodies as the client counted them', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    server(async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      response.writeHead(201);
      response.write(Buffer.alloc(100_000));
      response.end(`${size}`);
    }),
  );
  const client = session(t, port);
  const { status, size } = await fetched(client, { ':method': 'POST' }, Buffer.alloc(70_001));
  assert.deepEqual([status, size], [201, 100_005]);
  const [series] = await http.counted(DURATION, 1);
  assert.deepEqual(series?.attributes, {
    'http.request.method': 'POST',
    'http.response.status_code': 201,
    'network.protocol.version': '2',
    'url.scheme': 'http',
  });
  assert.equal(await http.total(REQUEST), 70_001);
  assert.equal(await http.total(RESPONSE), 100_005);
});

test('streams without the compatibility API are measured, files and trailers included', async (t) => {
  const http = measuredHttp(t);
  const file = join(import.meta.dirname, 'helpers/tls.ts');
  const plain = createServer().on('stream', (stream, headers) => {
    if (headers[':path'] === '/file') stream.respondWithFile(file);
    else {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': 'y'.repeat(100) }));
      stream.end('hello');
    }
  });
  const client = session(t, await listening(t, plain));
  const sizes = [(await fetched(client, { ':path': '/file' })).size, (await fetched(client, {})).size];
  assert.equal(sizes[1], 5);
  await http.counted(DURATION, 2);
  assert.equal(await http.total(RESPONSE), sizes[0]! + sizes[1]!);
});

test('HEAD and 204 have no body', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    server((request, response) => {
      if (request.method === 'HEAD') response.end('ignored');
      else response.writeHead(204).end();
    }),
  );
  const client = session(t, port);
  await fetched(client, { ':method': 'HEAD' });
  await fetched(client, { ':method': 'GET' });
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['method=GET status=204', 1],
    ['method=HEAD status=200', 1],
  ]);
  assert.equal(await http.total(RESPONSE), 0);
});

test('each of many parallel streams is counted once', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    server((request, response) => {
      setTimeout(() => response.end(request.url), Math.random() * 10);
    }),
  );
  const client = session(t, port);
  await Promise.all(Array.from({ length: 60 }, (_, i) => fetched(client, { ':path': `/${10 + i}` })));
  assert.deepEqual(summary(await http.counted(DURATION, 60)), [['method=GET status=200', 60]]);
  assert.equal(await http.total(RESPONSE), 180);
});

test('streams that end abnormally are counted once, with their error.type, and with a status only if one was sent', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer().on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const path = headers[':path'];
      if (path === '/partly') {
        stream.respond({ ':status': 206 });
        stream.write('part');
      } else if (path === '/reset') stream.close(2);
      else if (path === '/destroyed') stream.destroy();
      else if (path === '/failed') stream.destroy(new TypeError('failed'));
    }),
  );
  const client = session(t, port);
  const cancelled = async (path: string) => {
    const stream: ClientHttp2Stream = client.request({ ':path': path });
    stream.on('error', () => {});
    stream.resume();
    setTimeout(() => stream.close(8), 20);
    await closed(stream);
  };
  const ended = async (path: string) => {
    const stream = client.request({ ':path': path });
    stream.on('error', () => {});
    stream.resume();
    await closed(stream);
  };
  await cancelled('/never');
  await cancelled('/partly');
  await ended('/reset');
  await ended('/destroyed');
  await ended('/failed');
  assert.deepEqual(summary(await http.counted(DURATION, 5)), [
    ['error=INTERNAL_ERROR method=GET', 2],
    ['error=client_disconnected method=GET', 1],
    ['error=client_disconnected method=GET status=206', 1],
    ['error=server_disconnected method=GET', 1],
  ]);
});

test('a connection that breaks ends all its streams', async (t) => {
  const http = measuredHttp(t);
  const broken = createServer();
  broken.on('stream', (stream) => stream.on('error', () => {}));
  const client = session(t, await listening(t, broken));
  for (let i = 0; i < 3; i++) client.request({ ':path': '/' }).on('error', () => {});
  while ((await http.total('http.server.active_requests')) < 3) await new Promise(setImmediate);
  client.destroy();
  assert.deepEqual(summary(await http.counted(DURATION, 3)), [['error=client_disconnected method=GET', 3]]);
});

test('a connection that the server closes ends all its streams as well', async (t) => {
  const http = measuredHttp(t);
  const sessions: { destroy(): void }[] = [];
  const closing = createServer().on('session', (one) => sessions.push(one));
  closing.on('stream', (stream) => stream.on('error', () => {}));
  const client = session(t, await listening(t, closing));
  for (let i = 0; i < 3; i++) client.request({ ':path': '/' }).on('error', () => {});
  while ((await http.total('http.server.active_requests')) < 3) await new Promise(setImmediate);
  for (const one of sessions) one.destroy();
  assert.deepEqual(summary(await http.counted(DURATION, 3)), [['error=server_disconnected method=GET', 3]]);
});

test('a server that also speaks HTTP/1 measures both, each with its version', async (t) => {
  const http = measuredHttp(t);
  const both = createSecureServer({ ...SERVER_TLS, allowHTTP1: true }, (_, response) => response.end('ok'));
  const port = await listening(t, both);
  await fetched(session(t, port, 'https'), {});
  const client = await RawClient.connect(t, port, true);
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.response();
  const attributes = (await http.counted(DURATION, 2)).map((series) => [
    series.attributes['network.protocol.version'],
    series.attributes['url.scheme'],
  ]);
  assert.deepEqual(attributes.sort(), [
    ['1.1', 'https'],
    ['2', 'https'],
  ]);
  assert.equal(await http.total(RESPONSE), 4);
});

test('setRoute accepts a request or a stream', async (t) => {
  const http = measuredHttp(t);
  const compatible = await listening(
    t,
    server((request, response) => {
      setRoute(request, '/requests/{id}');
      response.end();
    }),
  );
  const plain = await listening(
    t,
    createServer().on('stream', (stream) => {
      setRoute(stream, '/streams/{id}');
      stream.respond({ ':status': 200 }, { endStream: true });
    }),
  );
  await fetched(session(t, compatible), {});
  await fetched(session(t, plain), {});
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['method=GET status=200 route=/requests/{id}', 1],
    ['method=GET status=200 route=/streams/{id}', 1],
  ]);
});

test('a scheme or method that a client invents is not recorded', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    server((_, response) => response.end()),
  );
  await fetched(session(t, port), { ':scheme': 'made-up', ':method': 'MADEUP' });
  const [series] = await http.counted(DURATION, 1);
  assert.equal(series?.attributes['url.scheme'], 'http');
  assert.equal(series?.attributes['http.request.method'], '_OTHER');
});
