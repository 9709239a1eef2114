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
});

test('a callback for attributes that throws is told once and harms nothing', async (t) => {
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

test('a framework that cannot be read costs the route and nothing else', async (t) => {
  const lines = logged(t);
  const http = measuredHttp(t);
  const server = createServer((message, response) => {
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

test('what cannot be understood on a channel is told once, and the process lives on', async (t) => {
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

test('a response without a request is written as ever', (t) => {
  measuredHttp(t);
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  Reflect.set(response, 'req', undefined);
  assert.equal(response.write('x'), true);
});
