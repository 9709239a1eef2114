import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Http2ServerRequest, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { hidden, type NativeStream, observeNativeStream } from '../../../src/app/foreign/http2-stream.ts';
import { listening } from '../sources/http/helpers/listening.ts';

test('the native side of a stream of this Node.js tells its bytes, and the stream its request', async (t) => {
  const server = createServer();
  let observed: NativeStream | undefined;
  let compatible: { readonly request: Http2ServerRequest; readonly kept: unknown } | undefined;
  let socket: unknown;
  server.prependListener('stream', (stream: ServerHttp2Stream) => {
    observed = observeNativeStream(stream);
    socket = stream.session && hidden(stream.session, 'socket');
  });
  server.on('request', (request, response) => {
    compatible = { request, kept: hidden(request.stream, 'request') };
    request.resume().on('end', () => response.end('1234567'));
  });
  const closed = once(server, 'stream').then(([stream]) => once(stream, 'close'));
  const session = connect(`http://127.0.0.1:${await listening(t, server)}`);
  t.after(() => session.destroy());
  const stream = session.request({ ':method': 'POST' });
  stream.resume().end('123');
  await Promise.all([closed, once(stream, 'close')]);
  assert.deepEqual(observed, { received: 3, sent: 7, wasReset: false });
  assert.ok(socket instanceof Duplex);
  assert.equal(compatible?.kept, compatible?.request);
});

test('a property that does not exist is undefined', () => {
  assert.equal(hidden({}, 'no such symbol'), undefined);
});
