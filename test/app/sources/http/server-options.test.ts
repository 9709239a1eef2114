import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { listening } from './helpers/listening.ts';
import { logged } from './helpers/logged.ts';
import { measuredHttp, summary } from './helpers/measured.ts';
import { RawClient } from './helpers/raw-client.ts';

const DURATION = 'http.server.request.duration';

function request(method: string, path: string, version = '1.1'): string {
  return `${method} ${path} HTTP/${version}\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
}

test('the known methods can be replaced', async (t) => {
  const http = measuredHttp(t, { knownMethods: ['PURGE'] });
  const server = createServer((_, response) => response.end());
  const client = await RawClient.connect(t, await listening(t, server));
  for (const method of ['GET', 'PURGE']) {
    client.write(request(method, '/'));
    await client.response();
  }
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [
    ['method=PURGE status=200', 1],
    ['method=_OTHER status=200', 1],
  ]);
});

const FORWARDED: readonly (readonly [headers: string, scheme: string])[] = [
  ['X-Forwarded-Proto: https', 'https'],
  ['x-forwarded-proto: HTTPS, http', 'https'],
  ['X-Forwarded-Proto: wss', 'http'],
  ['Forwarded: for=192.0.2.60;proto=https;by=203.0.113.43', 'https'],
  ['Forwarded: proto="https", proto=http\r\nX-Forwarded-Proto: http', 'https'],
  ['Forwarded: for=192.0.2.60\r\nX-Forwarded-Proto: https', 'http'],
  ['X-Other: https', 'http'],
];

for (const trustProxy of [true, false]) {
  test(`the scheme is ${trustProxy ? 'what a trusted proxy names' : 'that of the connection by default'}`, async (t) => {
    const http = measuredHttp(t, { trustProxy });
    const client = await RawClient.connect(
      t,
      await listening(
        t,
        createServer((_, response) => response.end()),
      ),
    );
    for (const [headers] of FORWARDED) {
      client.write(`GET / HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`);
      await client.response();
    }
    const expected = FORWARDED.map(([, scheme]) => (trustProxy ? scheme : 'http'));
    const counts = (await http.counted(DURATION, FORWARDED.length)).map(({ attributes, count }) => [
      attributes['url.scheme'],
      count,
    ]);
    const schemes = [...new Set(expected)];
    assert.deepEqual(
      Object.fromEntries(counts),
      Object.fromEntries(schemes.map((one) => [one, expected.filter((each) => each === one).length])),
    );
  });
}

test('paths can be excluded, and their query does not matter', async (t) => {
  const http = measuredHttp(t, { excludedPaths: [/^\/health$/g, /^\/internal\//] });
  const server = createServer((message, response) => message.resume().on('end', () => response.end('ok')));
  const client = await RawClient.connect(t, await listening(t, server));
  for (const path of ['/health', '/health?deep', '/health', '/internal/x', '/healthy', '/x?/internal/']) {
    client.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc`);
    await client.response();
  }
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [['method=POST status=200', 2]]);
  assert.equal(await http.total('http.server.request.body.size'), 6);
});

test('the application’s own attributes are recorded by their declared names only', async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t, {
    extraAttributes: {
      names: ['tenant', 'http.request.method'],
      read: (message) => ({
        tenant: String((message as IncomingMessage).headers['x-tenant']),
        secret: 'left out',
        'http.request.method': 'cannot be changed',
      }),
    },
  });
  const server = createServer((_, response) => response.end());
  const client = await RawClient.connect(t, await listening(t, server));
  for (const tenant of ['a', 'b', 'a']) {
    client.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Tenant: ${tenant}\r\n\r\n`);
    await client.response();
  }
  assert.deepEqual(summary(await http.counted(DURATION, 3)), [
    ['method=GET status=200 tenant=a', 2],
    ['method=GET status=200 tenant=b', 1],
  ]);
  assert.deepEqual(lines, []);
});

test('an attribute callback that throws causes one warning and no harm', async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t, {
    extraAttributes: {
      names: ['x'],
      read: () => {
        throw new Error('mistake');
      },
    },
  });
  const server = createServer((_, response) => response.end());
  const client = await RawClient.connect(t, await listening(t, server));
  for (let i = 0; i < 3; i++) {
    client.write(request('GET', '/'));
    assert.equal((await client.response()).status, 200);
  }
  assert.deepEqual(summary(await http.counted(DURATION, 3)), [['method=GET status=200', 3]]);
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]), /mistake/);
});

test('an unreadable framework object costs only the route', async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t);
  const server = createServer((message, response) => {
    // As Express leaves it, but for what throws.
    const router = Object.assign(() => {}, { stack: [] });
    Object.assign(message, { originalUrl: '/', app: { router } });
    Object.defineProperty(message, 'baseUrl', {
      get() {
        throw new Error('no base');
      },
    });
    response.end();
  });
  const client = await RawClient.connect(t, await listening(t, server));
  client.write(request('GET', '/')).write(request('GET', '/'));
  await client.response();
  await client.response();
  assert.deepEqual(summary(await http.counted(DURATION, 2)), [['method=GET status=200', 2]]);
  assert.equal(lines.length, 1);
});

test('an unknown message on a channel causes one warning, and the process lives on', async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t);
  for (let i = 0; i < 3; i++) channel('http.server.request.start').publish(undefined);
  const server = createServer((_, response) => response.end());
  const client = await RawClient.connect(t, await listening(t, server));
  client.write(request('GET', '/'));
  await client.response();
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=200', 1]]);
  assert.equal(lines.length, 1);
});

test('a response without a request is written as without pitot', (t) => {
  measuredHttp(t);
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  Reflect.set(response, 'req', undefined);
  assert.equal(response.write('x'), true);
});
