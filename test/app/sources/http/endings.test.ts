import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';

const DURATION = 'http.server.request.duration';
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

async function served(t: TestContext, listener: RequestListener, options: ServerOptions = {}) {
  const http = measuredHttp(t);
  const server = createServer({ connectionsCheckingInterval: 20, ...options }, listener);
  const port = await listening(t, server);
  return {
    server,
    client: await RawClient.connect(t, port),
    port,
    /** Waits until so many requests are being answered. */
    begun: async (active: number) => {
      while ((await http.total('http.server.active_requests')) < active) await new Promise(setImmediate);
    },
    /** How requests ended, once so many have. */
    ends: async (total: number) => summary(await http.counted(DURATION, total)),
  };
}

const never: RequestListener = () => {};

test('a client that disconnects before the response is counted once, without a status', async (t) => {
  const { client, begun, ends } = await served(t, never);
  client.write(GET);
  await begun(1);
  client.socket.destroy();
  assert.deepEqual(await ends(1), [['error=client_disconnected method=GET', 1]]);
});

const COMPLETE: Readonly<Record<string, RequestListener>> = {
  'in a header that was set': (_, response) => {
    response.setHeader('content-length', 5);
    response.write('hello');
  },
  'in the head, with pieces': (_, response) => {
    response.writeHead(200, { 'Content-Length': '5' }).write('hel');
    setImmediate(() => response.write('lo', 'latin1'));
  },
  'in the head, with callbacks': (_, response) => {
    response.writeHead(200, { 'Content-Length': 5 }).write('hel', () => response.write(Buffer.from('lo')));
  },
};

for (const [where, listener] of Object.entries(COMPLETE)) {
  test(`a response with a length ${where} is complete with its last byte, before end() is called`, async (t) => {
    const { port, ends } = await served(t, listener);
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const client = await RawClient.connect(t, port);
      client.write(GET);
      assert.equal((await client.response()).bodySize, 5);
      client.socket[leave]();
    }
    assert.deepEqual(await ends(3), [['method=GET status=200', 3]]);
  });
}

test('a response is not complete before its last byte', async (t) => {
  const { client, ends } = await served(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': 6 }).write('hello');
  });
  client.write(GET);
  await client.anything();
  client.socket.end();
  assert.deepEqual(await ends(1), [['error=client_disconnected method=GET status=200', 1]]);
});

test('the callbacks of writes are called as they are without pitot', async (t) => {
  const calls: unknown[] = [];
  const { client } = await served(t, (_, response) => {
    response.setHeader('content-length', 4);
    response.write('ab', 'utf8', (error) => calls.push(['utf8', error]));
    response.write('cd', (error) => {
      calls.push(['none', error]);
      response.end();
    });
  });
  client.write(GET);
  await client.response();
  while (calls.length < 2) await new Promise(setImmediate);
  assert.deepEqual(
    calls.map((call) => [call].flat().map((part) => part ?? undefined)),
    [
      ['utf8', undefined],
      ['none', undefined],
    ],
  );
});

test('a client that resets its connection counts as disconnected', async (t) => {
  const { client, begun, ends } = await served(t, never);
  client.write(GET);
  await begun(1);
  client.reset();
  assert.deepEqual(await ends(1), [['error=client_disconnected method=GET', 1]]);
});

test('a client that disconnects during the response is counted once, with the status that was sent', async (t) => {
  const { client, ends } = await served(t, (_, response) => response.writeHead(206).write('part'));
  client.write(GET);
  await client.anything();
  client.socket.destroy();
  assert.deepEqual(await ends(1), [['error=client_disconnected method=GET status=206', 1]]);
});

test('a client that disconnects during a piped response counts as disconnected', async (t) => {
  const { client, ends } = await served(t, (_, response) => {
    const endless = new Readable({ read: () => setImmediate(() => endless.push(Buffer.alloc(1000))) });
    pipeline(endless, response, () => {});
  });
  client.write(GET);
  await client.anything();
  client.socket.destroy();
  assert.deepEqual(await ends(1), [['error=client_disconnected method=GET status=200', 1]]);
});

test('each pipelined request without an answer is counted, without a status', async (t) => {
  const { client, begun, ends } = await served(t, (request, response) => {
    if (request.url === '/first') response.writeHead(200).write('first');
    else response.end('waits behind the first');
  });
  client.write(['/first', '/second', '/third'].map((url) => GET.replace('/', url)).join(''));
  await client.anything();
  await begun(3);
  client.socket.destroy();
  assert.deepEqual(await ends(3), [
    ['error=client_disconnected method=GET', 2],
    ['error=client_disconnected method=GET status=200', 1],
  ]);
});

test('a response that the application destroys with an error is counted under that error', async (t) => {
  const { client, ends } = await served(t, (_, response) => {
    response.write('part');
    response.on('error', () => {});
    setTimeout(() => response.destroy(new TypeError('broken')), 10);
  });
  client.write(GET);
  assert.deepEqual(await ends(1), [['error=TypeError method=GET status=200', 1]]);
});

test('an error in the stream that is piped into the response is counted under its code', async (t) => {
  const { client, ends } = await served(t, (_, response) => {
    const broken = new Readable({
      read() {
        this.push('part');
        setTimeout(() => this.destroy(Object.assign(new Error('disk'), { code: 'EIO' })), 10);
      },
    });
    pipeline(broken, response, () => {});
  });
  client.write(GET);
  assert.deepEqual(await ends(1), [['error=EIO method=GET status=200', 1]]);
});

test('a socket that the application destroys is counted as closed by the server', async (t) => {
  const { client, ends } = await served(t, (request) => request.socket.destroy());
  client.write(GET);
  assert.deepEqual(await ends(1), [['error=server_disconnected method=GET', 1]]);
});

test('closing all connections of a server ends the requests in progress', async (t) => {
  const { client, server, begun, ends } = await served(t, never);
  client.write(GET);
  await begun(1);
  server.closeAllConnections();
  assert.deepEqual(await ends(1), [['error=server_disconnected method=GET', 1]]);
});

test('a timeout of the connection is counted as a timeout', async (t) => {
  const { client, server, ends } = await served(t, never);
  server.setTimeout(30);
  const late = await RawClient.connect(t, Number(client.socket.remotePort));
  late.write(GET);
  assert.deepEqual(await ends(1), [['error=timeout method=GET', 1]]);
});

test('a timeout that the application answers counts as a response', async (t) => {
  const { client, ends } = await served(t, (request, response) => {
    request.setTimeout(20, () => {});
    response.setTimeout(20, () => response.writeHead(503).end());
  });
  client.write(GET);
  assert.equal((await client.response()).status, 503);
  assert.deepEqual(await ends(1), [['error=503 method=GET status=503', 1]]);
});

test('a body that takes too long is counted as a timeout, with the 408 that Node.js sends', async (t) => {
  const { client, ends } = await served(t, never, { requestTimeout: 50, headersTimeout: 40 });
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc');
  assert.equal((await client.response()).status, 408);
  assert.deepEqual(await ends(1), [['error=timeout method=POST status=408', 1]]);
});

test('a malformed body is counted under its error code, with the 400 that Node.js sends', async (t) => {
  const { client, ends } = await served(t, never);
  client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n');
  assert.equal((await client.response()).status, 400);
  assert.deepEqual(await ends(1), [['error=HPE_INVALID_CHUNK_SIZE method=POST status=400', 1]]);
});

test('no status is recorded where the application itself answers malformed requests', async (t) => {
  const { client, server, ends } = await served(t, never);
  server.on('clientError', (_, socket) => socket.destroy());
  client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n');
  assert.deepEqual(await ends(1), [['error=server_disconnected method=POST', 1]]);
});

test('a request with Expect: 100-continue counts once', async (t) => {
  const { client, ends } = await served(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(201).end());
  });
  client.write('PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  assert.equal((await client.response()).status, 100);
  client.write('abc');
  assert.equal((await client.response()).status, 201);
  assert.deepEqual(await ends(1), [['method=PUT status=201', 1]]);
});

test('a request whose expectation the application refuses counts once', async (t) => {
  const { client, server, ends } = await served(t, never);
  server.on('checkContinue', (_, response) => response.writeHead(413).end());
  client.write('PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
  assert.equal((await client.response()).status, 413);
  assert.deepEqual(await ends(1), [['method=PUT status=413', 1]]);
});

test('the statuses 102 and 103 do not end a request', async (t) => {
  const { client, ends } = await served(t, (_, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.writeProcessing();
    setTimeout(() => response.end('done'), 10);
  });
  client.write(GET);
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await client.response()).status);
  assert.deepEqual(statuses, [103, 102, 200]);
  assert.deepEqual(await ends(1), [['method=GET status=200', 1]]);
});

test('requests that Node.js itself answers are counted', async (t) => {
  const { client, ends } = await served(t, never);
  client.write('GET / HTTP/1.1\r\n\r\n');
  assert.equal((await client.response()).status, 400);
  assert.deepEqual(await ends(1), [['method=GET status=400', 1]]);
});

test('a response that is ended and then destroyed is recorded as sent', async (t) => {
  const { client, ends } = await served(t, (request, response) => {
    response.writeHead(413).end('too large');
    request.destroy();
  });
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  const [[end] = []] = await ends(1);
  assert.match(String(end), /method=POST status=413$/);
  await client.response().catch(() => {});
});

test('after many requests with all kinds of endings none is active', async (t) => {
  const arrivals = new EventEmitter().setMaxListeners(0);
  const { port, ends } = await served(t, (request, response) => {
    const [, way] = request.url?.split('/') ?? [];
    if (way === 'answer') setTimeout(() => response.end('x'), 5);
    else if (way === 'destroy') response.destroy();
    else if (way === 'part') response.write('x');
    arrivals.emit(String(request.url));
  });
  const ways = ['answer', 'destroy', 'part', 'never'];
  await Promise.all(
    Array.from({ length: 80 }, async (_, i) => {
      const way = ways[i % 4];
      const client = await RawClient.connect(t, port);
      const arrived = once(arrivals, `/${way}/${i}`);
      client.write(GET.replace('/', `/${way}/${i}`));
      await arrived;
      if (way === 'answer') await client.response();
      if (way === 'part') await client.anything();
      client.socket.destroy();
    }),
  );
  assert.deepEqual(await ends(80), [
    ['error=client_disconnected method=GET', 20],
    ['error=client_disconnected method=GET status=200', 20],
    ['error=server_disconnected method=GET', 20],
    ['method=GET status=200', 20],
  ]);
});
