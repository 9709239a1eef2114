import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { skipWithout } from '../harness/programs.ts';
import { createAuthority } from '../hub/http/helpers/certificates.ts';
import { askTls, serverFiles, startSecured } from '../hub/http/helpers/secured.ts';
import { ask, BODY, start } from '../hub/http/helpers/served.ts';

const HEAD = 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n';

/** All that a client is sent until the server closes the connection; the client closes no half of it. */
async function answerTo(client: Duplex, sent: string): Promise<string> {
  client.on('error', () => {});
  if (sent !== '') client.write(sent);
  return await text(client);
}

test('connections on which no request comes, or a part of one, are closed, and others are served', async (t) => {
  const { port } = await start(t);
  const answers = await Promise.all(
    ['', 'GET /met', HEAD, `${HEAD}content-length: 10\r\n`].map((sent) =>
      answerTo(connect({ port, host: '127.0.0.1', allowHalfOpen: true }), sent),
    ),
  );
  for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal((await ask(port)).body, BODY);
});

test('so are connections whose handshake does not come, or nothing after it', {
  skip: skipWithout('openssl'),
}, async (t) => {
  const authority = createAuthority(t);
  const { port, refusals } = await startSecured(t, {
    tls_server_config: serverFiles(authority.issue('localhost')),
  });
  const [silent, begun, afterwards] = await Promise.all([
    answerTo(connect({ port, host: '127.0.0.1', allowHalfOpen: true }), ''),
    // The head of a handshake record, and nothing of what it announces.
    answerTo(connect({ port, host: '127.0.0.1', allowHalfOpen: true }), '\x16\x03\x01\x02\x00'),
    answerTo(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }), HEAD),
  ]);
  assert.deepEqual([silent, begun], ['', '']);
  assert.match(afterwards, /^HTTP\/1\.1 408 /);
  assert.deepEqual(refusals, ['handshake', 'handshake']);
  assert.equal((await askTls(port, { ca: authority.cert })).body, BODY);
});
