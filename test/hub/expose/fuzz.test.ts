import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ask, BODY, start } from '../http/helpers/served.ts';

/** Sends the parts one by one and says what came back by the end, which the server brings about or the client. */
function converse(port: number, parts: readonly Uint8Array[], isHalfOpen: boolean): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: isHalfOpen });
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {}).on('close', () => resolve(answer));
    socket.on('end', () => socket.destroy());
    socket.setNoDelay();
    const [next, ...rest] = parts;
    if (next !== undefined) socket.write(next);
    const send = (left: readonly Uint8Array[]) => {
      const [part, ...others] = left;
      if (part === undefined) {
        // Half closed, the client still reads; what it has sent by now gets its answers.
        if (isHalfOpen) socket.end();
        else setTimeout(() => socket.destroy(), 5);
      } else {
        socket.write(part);
        setImmediate(send, others);
      }
    };
    setImmediate(send, rest);
  });
}

const word = fc.stringMatching(/^[!-~]{0,12}$/);
const method = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'PRI', 'M-SEARCH', ''),
  word,
);
const target = fc.oneof(
  fc.constantFrom(
    '/metrics',
    '/metrics.json',
    '/livez',
    '/',
    '*',
    '//',
    '/%',
    '/%00',
    '/metrics?name[]=',
    '/../x',
  ),
  fc.constantFrom(
    'http://[',
    'http://a/metrics',
    'http://user:secret@b:99999/metrics',
    `/${'a'.repeat(9000)}`,
  ),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  word,
);
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 ', '', 'XTTP/1.1');
const header = fc.oneof(
  fc.constantFrom(
    'host: localhost',
    'connection: close',
    'connection: upgrade\r\nupgrade: websocket',
    'content-length: 5',
    'content-length: -5',
    'content-length: 99999999999999999999',
    'transfer-encoding: chunked',
    'transfer-encoding: chunked\r\ncontent-length: 3',
    'expect: 100-continue',
    'expect: the unexpected',
    'accept: text/plain;version=0.0.4;q=NaN, */*;q=',
    'accept-encoding: gzip;q=9, zstd;q=-1, *;q=0',
    'accept: application/openmetrics-text;escaping=allow-utf-8',
    'x-prometheus-scrape-timeout-seconds: 1e-9',
    'authorization: Basic ////',
    'authorization: Bearer',
    'cookie: ; ; =',
    ': no name',
    'folded: a\r\n b',
    'nul: \0',
    `long: ${'y'.repeat(17_000)}`,
  ),
  fc.tuple(word, word).map(([name, value]) => `${name}: ${value}`),
);
const end = fc.constantFrom(
  '\r\n\r\n',
  '\n\n',
  '\r\n',
  '',
  '\r\n\r\nhello',
  '\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
);
const request = fc
  .tuple(method, target, version, fc.array(header, { maxLength: 6 }), end)
  .map(([name, path, http, headers, rest]) =>
    Buffer.from(`${[`${name} ${path} ${http}`, ...headers].join('\r\n')}${rest}`),
  );
const good = fc.constant(Buffer.from('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'));
const part = fc.oneof(request, good, fc.uint8Array({ maxLength: 200 }));

/** 100 is Node.js' own answer to `Expect: 100-continue`, before the answer. */
const STATUSES = new Set([100, 200, 400, 404, 405, 408, 414, 417, 431, 503]);

test('property: any bytes get an HTTP answer, and the next scrape is served', async (t) => {
  const { port } = await start(t, { maxScrapes: 3, notReady: () => undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 4 }),
      fc.boolean(),
      async (clients, isHalfOpen) => {
        const answers = await Promise.all(clients.map((parts) => converse(port, parts, isHalfOpen)));
        for (const answer of answers) {
          for (const [, status] of answer.matchAll(/^HTTP\/1\.1 (\d+) /gm))
            assert.ok(STATUSES.has(Number(status)), answer);
          assert.ok(answer === '' || answer.startsWith('HTTP/1.1 '), answer);
          assert.doesNotMatch(answer, /node:internal|\.ts:\d/);
        }
        assert.equal((await ask(port)).body, BODY);
      },
    ),
    { numRuns: 150 },
  );
});

test('a flood of pipelined requests ends its connection, and others are answered', async (t) => {
  const { port } = await start(t, { maxScrapes: 2 });
  const flood = Buffer.from('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(5000));
  const answer = await converse(port, [flood], true);
  assert.ok([...answer.matchAll(/^HTTP\/1\.1 /gm)].length <= 10);
  assert.equal((await ask(port)).body, BODY);
});
