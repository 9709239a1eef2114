import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { test } from 'node:test';
import { watchBodies } from '../../../src/app/foreign/http-parser.ts';
import { listening } from '../sources/http/helpers/listening.ts';

test('the parser of this Node.js tells each piece of a body with its request', async (t) => {
  const pieces: [url: unknown, bytes: number][] = [];
  const listener = (incoming: object | null | undefined, bytes: number) => {
    pieces.push([incoming && 'url' in incoming ? incoming.url : undefined, bytes]);
  };
  const port = await listening(
    t,
    createServer((incoming, response) => {
      assert.equal(watchBodies(incoming.socket, listener), true);
      // A second call does not count twice.
      assert.equal(watchBodies(incoming.socket, listener), true);
      incoming.resume().on('end', () => response.end());
    }),
  );
  const client = request({ port, method: 'POST', path: '/upload' });
  client.end('12345');
  await once(client, 'response');
  assert.deepEqual(pieces, [['/upload', 5]]);
});

test('a socket without such a parser is left alone', () => {
  assert.equal(
    watchBodies({}, () => {}),
    false,
  );
  const parser = { 1: () => {} };
  assert.equal(
    watchBodies({ parser }, () => {}),
    false,
  );
});
