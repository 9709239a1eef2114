import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { counter, resourceMetrics, scope } from '../expose/helpers/metrics.ts';
import { ask, BODY, result, sendRaw, start, warnings } from './helpers/served.ts';

test('GET gives the metrics in the text format, at both paths, whatever the query', async (t) => {
  const server = await start(t);
  assert.equal(server.url, `http://127.0.0.1:${server.port}/metrics`);
  for (const path of ['/metrics', '/metrics/', '/metrics?a=%zz', '/metric%73', `${server.url}?x`]) {
    const { status, headers, body } = await ask(server.port, { path });
    assert.equal(status, 200, path);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(body, BODY);
  }
});

test('scope labels can be left out', async (t) => {
  const { port } = await start(t, { scopeLabels: false });
  assert.equal((await ask(port)).body, '# TYPE hits_total counter\nhits_total 1\n');
});

test('HEAD gives the status and the headers of GET and no body', async (t) => {
  const working = await start(t);
  const head = await ask(working.port, { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(head.body, '');

  const failing = await start(t, { collect: () => Promise.reject(new Error('no')) });
  assert.equal((await ask(failing.port, { method: 'HEAD' })).status, 500);
});

test('other paths are 404', async (t) => {
  const { port } = await start(t);
  for (const path of ['/', '/metrics/x', '/metricsx', '//metrics', '/favicon.ico']) {
    const { status, headers, body } = await ask(port, { path });
    assert.equal(status, 404, path);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(body, 'not found; there is /metrics /metrics/ /metrics.json\n');
  }
});

test('other methods get 405 with the allowed ones', async (t) => {
  const { port } = await start(t, { collect: () => assert.fail('nothing is collected') });
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
    const { status, headers } = await ask(port, { method });
    assert.equal(status, 405, method);
    assert.equal(headers.allow, 'GET, HEAD');
  }
});

test('malformed requests are 400 and do no harm', async (t) => {
  const { port } = await start(t);
  for (const target of ['/%zz', '/%c0%80', '*', 'metrics', 'http://[']) {
    const answer = await sendRaw(
      port,
      `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 400 /, target);
  }
  assert.match(await sendRaw(port, 'what is this\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.equal((await ask(port)).status, 200);
});

test('two Host headers are 400', async (t) => {
  const { port } = await start(t);
  for (const second of ['localhost', 'evil.example']) {
    const answer = await sendRaw(port, `GET /metrics HTTP/1.1\r\nHost: localhost\r\nhost: ${second}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /\r\n\r\nmore than one Host header\n$/);
  }
});

test('a client that closes its side after its request gets the answer', async (t) => {
  const { port } = await start(t);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.ok(answer.includes('hits_total'));
});

test('a client that closes its side during a collection that hangs is closed', async (t) => {
  const { port } = await start(t, { collect: () => new Promise(() => {}), scrapeTimeout: 600_000 });
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.end('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.equal(await text(socket), '');
});

test('a failed collection is 500 with its reason in one line, and the next one can succeed', async (t) => {
  const lines = warnings(t);
  let failing = true;
  const { port } = await start(t, {
    collect: async () => {
      if (failing) throw new Error('the recorder\nis gone');
      return result([{}, 1]);
    },
  });
  for (let i = 0; i < 2; i++) {
    const { status, headers, body } = await ask(port);
    assert.equal(status, 500);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(body, 'collection failed: the recorder is gone\n');
  }
  assert.deepEqual(lines, ['a scrape was refused: collection failed: the recorder is gone']);
  failing = false;
  assert.equal((await ask(port)).body, BODY);
});

test('a collection that throws at once is 500 too', async (t) => {
  warnings(t);
  const { port } = await start(t, {
    collect: () => {
      throw new Error('at once');
    },
  });
  assert.deepEqual([(await ask(port)).status, (await ask(port)).status], [500, 500]);
});

test('errors of single callbacks leave the scrape as it is, and are reported once', async (t) => {
  const lines = warnings(t);
  const { port } = await start(t, {
    collect: async () => ({ ...result([{}, 1]), errors: [new Error('callback')] }),
  });
  for (let i = 0; i < 2; i++) {
    const { status, body } = await ask(port);
    assert.equal(status, 200);
    assert.equal(body, BODY);
  }
  assert.deepEqual(lines, ['part of a collection failed: callback']);
});

test('what cannot be served is reported once', async (t) => {
  const lines = warnings(t);
  const metrics = [counter({ name: 'x', delta: true }, [{}, 1])];
  const { port } = await start(t, {
    collect: async () => ({ resourceMetrics: resourceMetrics({}, scope('s', ...metrics)), errors: [] }),
  });
  for (let i = 0; i < 2; i++) assert.equal((await ask(port)).body, '');
  assert.deepEqual(lines, [
    'counter "x" of scope "s" is not served: it has delta temporality, and Prometheus needs cumulative values',
  ]);
});

test('a closed server has given its port back', async (t) => {
  const { port, close } = await start(t);
  await close();
  const again = await start(t, { port });
  assert.equal(again.port, port);
  assert.equal((await ask(port)).body, BODY);
});

test('closing lets a scrape in flight end', async (t) => {
  let collected: ((result: CollectionResult) => void) | undefined;
  const server = await start(t, {
    collect: () =>
      new Promise((resolve) => {
        collected = resolve;
      }),
  });
  const answer = ask(server.port);
  while (collected === undefined) await new Promise(setImmediate);
  const closed = server.close();
  collected(result([{}, 1]));
  assert.equal((await answer).body, BODY);
  await closed;
});
