import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import type { Answer, Forwarder } from '../../../src/hub/forward/forwarder.ts';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { skipWithout } from '../../harness/programs.ts';
import { createAuthority } from '../http/helpers/certificates.ts';
import { configOf } from './helpers/forwarding.ts';
import { startGrpcReceiver } from './helpers/grpc-receiver.ts';

/** Milliseconds of an attempt. */
const TIMEOUT = 1000;
/** Longer than any answer takes. */
const LONG = 20_000;

async function forwarderOf(t: TestContext, options: SettingOptions): Promise<Forwarder> {
  const [forwarder] = await createForwarders(configOf({ exporters: ['otlp'], ...options }));
  assert.ok(forwarder);
  t.after(() => forwarder.close?.());
  return forwarder;
}

/** The outcome of a request over gRPC to a server that does this with it. */
async function overGrpc(
  t: TestContext,
  respond: (stream: ServerHttp2Stream) => void,
  timeout: number,
): Promise<Answer> {
  const server = createHttp2();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    respond(stream);
  });
  server.on('session', (session) => {
    session.on('error', () => {});
    t.after(() => session.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const forwarder = await forwarderOf(t, {
    otlpProtocol: 'grpc',
    otlpEndpoint: `http://127.0.0.1:${port}`,
  });
  return forwarder.attempt(new Uint8Array(), timeout);
}

const OK = { ':status': 200, 'content-type': 'application/grpc' };
/** A message whose head promises a gigabyte. */
const GIANT = Buffer.from([0, 0x40, 0, 0, 0]);

for (const [what, outcome, timeout, respond] of [
  ['never answers', 'retryable', TIMEOUT, () => {}],
  ['answers with headers and nothing else', 'retryable', TIMEOUT, (stream) => stream.respond(OK)],
  ['resets the stream', 'retryable', LONG, (stream) => stream.close(7)],
  ['breaks the connection', 'retryable', LONG, (stream) => stream.session?.destroy()],
  ['says GOAWAY and nothing else', 'retryable', TIMEOUT, (stream) => stream.session?.goaway(0)],
  [
    'answers HTTP 503',
    'retryable',
    LONG,
    (stream) => stream.respond({ ':status': 503 }, { endStream: true }),
  ],
  ['answers HTTP 404', 'refused', LONG, (stream) => stream.respond({ ':status': 404 }, { endStream: true })],
  [
    'answers as a web server',
    'refused',
    LONG,
    (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<p>hello');
    },
  ],
  [
    'has a status that is no number',
    'refused',
    LONG,
    (stream) => stream.respond({ ...OK, 'grpc-status': 'fine' }, { endStream: true }),
  ],
  [
    'promises a gigabyte',
    'refused',
    LONG,
    (stream) => {
      stream.respond(OK);
      stream.write(GIANT);
    },
  ],
  [
    'has trailers of 32 KiB',
    'refused',
    LONG,
    (stream) => {
      stream.respond(OK, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': '3', 'grpc-message': 'x'.repeat(32_000) }),
      );
      stream.end();
    },
  ],
  [
    'answers twice',
    'retryable',
    TIMEOUT,
    (stream) => {
      stream.respond(OK, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.alloc(10));
    },
  ],
] as readonly (readonly [string, Answer['outcome'], number, (stream: ServerHttp2Stream) => void])[]) {
  test(`a receiver of gRPC that ${what}: ${outcome}, with a short reason`, async (t) => {
    const answer = await overGrpc(t, respond, timeout);
    assert.equal(answer.outcome, outcome, JSON.stringify(answer));
    assert.ok('reason' in answer);
    assert.ok(answer.reason.length > 0 && answer.reason.length < 1000, `${answer.reason.length} characters`);
    assert.doesNotMatch(answer.reason, /\n/);
  });
}

test('after GOAWAY the next request takes another connection', async (t) => {
  const server = createHttp2();
  let sessions = 0;
  server.on('session', (session) => {
    sessions++;
    t.after(() => session.destroy());
  });
  server.on('stream', (stream) => {
    stream.session?.goaway(0);
    stream.respond(OK, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const forwarder = await forwarderOf(t, {
    otlpProtocol: 'grpc',
    otlpEndpoint: `http://127.0.0.1:${port}`,
  });
  for (let i = 1; i <= 3; i++) {
    assert.equal((await forwarder.attempt(new Uint8Array(), LONG)).outcome, 'accepted');
    assert.equal(sessions, i);
  }
});

test('a receiver whose certificate has expired is a failure to try again that says so, over HTTP and gRPC', {
  skip: skipWithout('openssl'),
}, async (t) => {
  const authority = createAuthority(t);
  const expired = authority.issue('localhost', { expired: true });
  const [cert, key] = [readFileSync(expired.cert), readFileSync(expired.key)];
  const overHttp = createServer({ cert, key }, (_, response) => response.end());
  overHttp.listen(0, '127.0.0.1');
  await once(overHttp, 'listening');
  t.after(() => overHttp.close());
  const { port } = overHttp.address() as AddressInfo;
  const receiver = await startGrpcReceiver(t, { tls: { cert, key } });
  for (const options of [
    { otlpEndpoint: `https://localhost:${port}/v1/metrics` },
    { otlpProtocol: 'grpc', otlpEndpoint: `https://${receiver.target}` },
  ] as const) {
    const forwarder = await forwarderOf(t, { ...options, otlpCertificate: authority.cert });
    const answer = await forwarder.attempt(new Uint8Array(), TIMEOUT);
    assert.equal(answer.outcome, 'retryable');
    assert.match('reason' in answer ? answer.reason : '', /certificate has expired/);
  }
});

test('a receiver whose name cannot be resolved is a failure to try again, over HTTP and gRPC', async (t) => {
  for (const options of [
    { otlpEndpoint: 'http://receiver.invalid:4318/v1/metrics' },
    { otlpProtocol: 'grpc', otlpEndpoint: 'http://receiver.invalid:4317' },
  ] as const) {
    const answer = await (await forwarderOf(t, options)).attempt(new Uint8Array(), LONG);
    assert.equal(answer.outcome, 'retryable');
    assert.match('reason' in answer ? answer.reason : '', /receiver\.invalid/);
  }
});
