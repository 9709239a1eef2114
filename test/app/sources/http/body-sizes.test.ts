import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { createBrotliCompress, createGzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { listening } from './helpers/listening.ts';
import { type MeasuredHttp, measuredHttp } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';

const REQUEST = 'http.server.request.body.size';
const RESPONSE = 'http.server.response.body.size';
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

async function served(
  t: TestContext,
  listener: RequestListener,
): Promise<{ http: MeasuredHttp; client: RawClient; port: number }> {
  const http = measuredHttp(t);
  const port = await listening(t, createServer(listener));
  return { http, client: await RawClient.connect(t, port), port };
}

/** The sum of a histogram that has counted so many values. */
async function sum(http: MeasuredHttp, name: string, count: number): Promise<number> {
  return (await http.counted(name, count)).reduce((all, one) => all + one.sum, 0);
}

const BODIES: Readonly<Record<string, RequestListener>> = {
  'of known length': (_, response) => response.end('ten bytes.'),
  'of characters that take several bytes': (_, response) => response.end('žluťoučký kůň 🐎'),
  'in another encoding': (_, response) => response.end('c3a9', 'hex'),
  'with a length of its own': (_, response) => {
    response.writeHead(200, { 'content-length': 6 });
    response.write('abc');
    response.end(Buffer.from('def'));
  },
  'in chunks': (_, response) => {
    response.write('a'.repeat(1000));
    response.write(new Uint8Array(300));
    response.end('ž');
  },
  'in chunks with trailers': (_, response) => {
    response.writeHead(200, { trailer: 'x-sum' });
    response.write('abc');
    response.addTrailers({ 'x-sum': 'y'.repeat(100) });
    response.end(() => {});
  },
  'in chunks that are corked': async (_, response) => {
    response.cork();
    for (let i = 0; i < 10; i++) response.write(`${i}`.repeat(50));
    response.uncork();
    await new Promise(setImmediate);
    response.end();
  },
  'compressed with gzip': (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    pipeline(Readable.from([Buffer.alloc(100_000, 'abcdef')]), createGzip(), response);
  },
  'compressed with brotli': (_, response) => {
    response.writeHead(200, { 'content-encoding': 'br' });
    pipeline(Readable.from([Buffer.alloc(100_000, 'abcdef')]), createBrotliCompress(), response);
  },
  'that is large and streamed': (_, response) => {
    pipeline(Readable.from(Array.from({ length: 400 }, () => Buffer.alloc(50_000))), response);
  },
  'that is empty': (_, response) => response.end(),
  'that is written to 204': (_, response) => response.writeHead(204).end('ignored'),
  'that is written to 304': (_, response) => response.writeHead(304).end('ignored'),
  'with early hints before it': (_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    response.end('after the hints');
  },
};

for (const [what, listener] of Object.entries(BODIES)) {
  test(`the size of a response body ${what} is the number of bytes that the client received`, async (t) => {
    const { http, client } = await served(t, listener);
    client.write(GET);
    let response = await client.response();
    if (response.status === 103) response = await client.response();
    assert.equal(await sum(http, RESPONSE, 1), response.bodySize);
  });
}

test('a response to HEAD has an empty body, even if its headers declare a length', async (t) => {
  const { http, client } = await served(t, (_, response) => {
    response.setHeader('content-length', 1000);
    response.end('x'.repeat(1000));
  });
  client.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
  const response = await client.response('HEAD');
  assert.equal(response.headers.get('content-length'), '1000');
  assert.equal(await sum(http, RESPONSE, 1), 0);
});

test('a body without a length on HTTP/1.0 ends with the connection and is counted', async (t) => {
  const { http, client } = await served(t, (_, response) => {
    response.write('abc');
    response.end('def');
  });
  client.write('GET / HTTP/1.0\r\n\r\n');
  assert.equal((await client.response()).bodySize, 6);
  assert.equal(await sum(http, RESPONSE, 1), 6);
});

test('each request on one connection is counted with its own bodies', async (t) => {
  const { http, client } = await served(t, async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    response.setHeader('x-size', size);
    response.end('x'.repeat(size * 2));
  });
  for (const size of [0, 10, 3, 100_000, 1]) {
    client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${size}\r\n\r\n${'y'.repeat(size)}`);
    assert.equal((await client.response()).bodySize, size * 2);
  }
  assert.equal(await sum(http, REQUEST, 5), 100_014);
  assert.equal(await sum(http, RESPONSE, 5), 200_028);
});

test('each pipelined request is counted with its own bodies', async (t) => {
  const { http, client } = await served(t, async (request, response) => {
    let size = 0;
    for await (const chunk of request) size += chunk.length;
    setTimeout(() => response.end('z'.repeat(size)), Number(request.headers['x-wait']));
  });
  const sizes = [50, 1, 0, 700];
  client.write(
    sizes
      .map((size, i) => {
        const head = `PUT /${i} HTTP/1.1\r\nHost: x\r\nX-Wait: ${20 - i * 5}\r\n`;
        if (i % 2 === 0) return `${head}Content-Length: ${size}\r\n\r\n${'a'.repeat(size)}`;
        return `${head}Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'b'.repeat(size)}\r\n0\r\n\r\n`;
      })
      .join(''),
  );
  for (const size of sizes) assert.equal((await client.response()).bodySize, size);
  assert.equal(await sum(http, REQUEST, 4), 751);
  assert.equal(await sum(http, RESPONSE, 4), 751);
});

test('a chunked request body is counted without its framing, extensions and trailers', async (t) => {
  const { http, client } = await served(t, (request, response) => {
    request.resume().on('end', () => response.end());
  });
  client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n');
  client.write('5;name=value\r\nabcde\r\n');
  client.write('0a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n');
  await client.response();
  assert.equal(await sum(http, REQUEST, 1), 15);
});

test('a compressed request body is counted in its compressed size', async (t) => {
  const { http, client } = await served(t, (request, response) => {
    request.resume().on('end', () => response.end());
  });
  const body = gzipSync(Buffer.alloc(50_000, 'pitot'));
  client
    .write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`)
    .write(body);
  await client.response();
  assert.equal(await sum(http, REQUEST, 1), body.length);
});

test('a body that the application does not read is counted whole, after the response', async (t) => {
  const { http, client } = await served(t, (_, response) => response.end('not interested'));
  const chunk = `2710\r\n${'c'.repeat(10_000)}\r\n`;
  client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n').write(chunk);
  await client.response();
  await http.counted('http.server.request.duration', 1);
  for (let i = 0; i < 20; i++) client.write(chunk);
  client.write('0\r\n\r\n').write(GET);
  await client.response();
  assert.equal(await sum(http, REQUEST, 2), 210_000);
});

test('a request body that stops halfway is counted up to there', async (t) => {
  const arrivals = new EventEmitter();
  const { http, client } = await served(t, (request) => request.on('data', () => arrivals.emit('data')));
  const arrived = once(arrivals, 'data');
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n${'d'.repeat(400)}`);
  await arrived;
  client.reset();
  const [series] = await http.counted(REQUEST, 1);
  assert.equal(series?.sum, 400);
  assert.equal(series?.attributes['error.type'], 'client_disconnected');
});

test('an aborted download counts at least the bytes that the client received, and at most those written', async (t) => {
  let written = 0;
  const { http, client } = await served(t, (_, response) => {
    const more = () => {
      while (!response.destroyed) {
        written += 20_000;
        if (!response.write(Buffer.alloc(20_000))) break;
      }
    };
    response.on('drain', more);
    more();
  });
  client.write(GET);
  const rest = client.response().catch(() => {});
  while (client.partial < 1_000_000) await new Promise(setImmediate);
  client.reset();
  await rest;
  const size = await sum(http, RESPONSE, 1);
  assert.ok(size >= client.partial && size <= written, `${client.partial} <= ${size} <= ${written}`);
});

test('property: the sizes of any sequence of bodies are those that the client counted', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(
    t,
    createServer(async (request, response) => {
      for await (const _ of request);
      const writes: readonly number[] = JSON.parse(String(request.headers['x-writes']));
      for (const [i, size] of writes.entries()) {
        if (i < writes.length - 1) response.write('é'.repeat(size));
        else response.end('é'.repeat(size));
        if (i % 3 === 2) await new Promise(setImmediate);
      }
      if (writes.length === 0) response.end();
    }),
  );
  const client = await RawClient.connect(t, port);
  const exchange = fc.record({
    method: fc.constantFrom('POST', 'PUT', 'PATCH'),
    chunks: fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 6 }),
    chunked: fc.boolean(),
    writes: fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 6 }),
  });
  let requests = 0;
  let sent = 0;
  let received = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 5 }), async (exchanges) => {
      for (const { method, chunks, chunked, writes } of exchanges) {
        const size = chunks.reduce((all, one) => all + one, 0);
        const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${size}`;
        client.write(
          `${method} / HTTP/1.1\r\nHost: x\r\nX-Writes: ${JSON.stringify(writes)}\r\n${framing}\r\n\r\n`,
        );
        for (const one of chunks) {
          client.write(chunked ? `${one.toString(16)}\r\n${'q'.repeat(one)}\r\n` : 'q'.repeat(one));
        }
        if (chunked) client.write('0\r\n\r\n');
        sent += size;
        requests++;
      }
      for (const { method } of exchanges) received += (await client.response(method)).bodySize;
      assert.equal(await sum(http, REQUEST, requests), sent);
      assert.equal(await sum(http, RESPONSE, requests), received);
    }),
    { numRuns: 40 },
  );
});
