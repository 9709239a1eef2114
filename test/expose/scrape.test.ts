import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { listen } from '../../src/expose/listen.ts';
import { route } from '../../src/expose/routing.ts';
import { createScrape } from '../../src/expose/scrape.ts';
import { ask, BODY, largeResult, respond, result, sendRaw, start, untilLetIn, warnings } from './served.ts';

test('scrapes at the same time share one collection, later ones have their own', async (t) => {
  const waiting: ((result: CollectionResult) => void)[] = [];
  const { port } = await start(t, { collect: () => new Promise((resolve) => waiting.push(resolve)) });
  // Two requests in one packet are at the server together.
  const both = sendRaw(
    port,
    'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  );
  while (waiting.length === 0) await new Promise(setImmediate);
  waiting[0]?.(result([{}, 1]));
  assert.equal((await both).split('HTTP/1.1 200 OK').length, 3);
  assert.equal((await both).split(BODY).length, 3);
  assert.equal(waiting.length, 1);

  const later = ask(port);
  while (waiting.length === 1) await new Promise(setImmediate);
  waiting[1]?.(result([{}, 2]));
  assert.match((await later).body, / 2\n$/);
});

test('when a collection hangs, scrapes beyond the limit are 503 at once', async (t) => {
  let collections = 0;
  const { port } = await start(t, {
    maxScrapes: 1,
    collect: () => {
      collections++;
      return new Promise(() => {});
    },
  });
  const client = new AbortController();
  const hanging = ask(port, { signal: client.signal });
  while (collections === 0) await new Promise(setImmediate);
  const { status, headers, body } = await ask(port);
  assert.equal(status, 503);
  assert.equal(headers['retry-after'], '1');
  assert.equal(body, 'as many scrapes as are allowed are in flight: 1\n');
  assert.equal(collections, 1);
  assert.equal((await ask(port, { path: '/' })).status, 404);
  client.abort();
  await assert.rejects(hanging, { name: 'AbortError' });
});

test('a collection that takes too long is 503, and the next scrape starts another', async (t) => {
  warnings(t);
  let collections = 0;
  const { port } = await start(t, {
    collectTimeout: 20,
    collect: () => (++collections === 1 ? new Promise(() => {}) : Promise.resolve(result([{}, 1]))),
  });
  const { status, headers, body } = await ask(port);
  assert.equal(status, 503);
  assert.equal(headers['retry-after'], '1');
  assert.equal(body, 'collection failed: no result in 20 ms\n');
  assert.equal((await ask(port)).status, 200);
});

test('what fails in the middle of a body cuts the connection, so that the body is no whole one', async (t) => {
  const lines: string[] = [];
  const good = { labels: { pairs: [], text: `a="${'x'.repeat(70_000)}"` }, value: 1 };
  const bad = {
    labels: good.labels,
    get value(): number {
      throw new Error('no value');
    },
  };
  const scrape = createScrape({
    collect: async () => result(),
    translate: () => [{ name: 'x', type: 'gauge', help: '', unit: '', samples: [good, bad] }],
    warn: (line) => lines.push(line),
    maxScrapes: 1,
    collectTimeout: 1000,
    sendTimeout: 1000,
  });
  const listener = route(new Map([['/metrics', scrape]]), (error) => assert.fail(String(error)));
  const { servers, port } = await listen(listener, '127.0.0.1', 0);
  t.after(() => {
    for (const server of servers) server.close();
  });
  for (let i = 0; i < 2; i++) {
    const response = await respond({ port });
    assert.equal(response.statusCode, 200);
    await assert.rejects(text(response), { code: 'ECONNRESET' });
  }
  assert.deepEqual(lines, Array(2).fill('a scrape was cut off: no value'));
});

test('a large body arrives whole, to several clients at once', async (t) => {
  const { port } = await start(t, { collect: async () => largeResult() });
  const answers = await Promise.all([ask(port), ask(port)]);
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.equal(body.split('\n').length, 20_000 * 8 + 2);
    assert.equal(body, answers[0]?.body);
  }
});

test('clients that do not read are cut off and give their place to others', async (t) => {
  const { port } = await start(t, { maxScrapes: 1, sendTimeout: 50, collect: async () => largeResult() });
  const lazy = await respond({ port });
  await untilLetIn(port);
  await assert.rejects(text(lazy), { code: 'ECONNRESET' });
});

test('clients that go away give their place to others', async (t) => {
  const { port } = await start(t, { maxScrapes: 1, collect: async () => largeResult() });
  (await respond({ port })).destroy();
  await untilLetIn(port);
});

test('clients that go away before the collection has ended give their place to others', async (t) => {
  const waiting: ((result: CollectionResult) => void)[] = [];
  const { port } = await start(t, {
    maxScrapes: 1,
    collect: () => new Promise((resolve) => waiting.push(resolve)),
  });
  const client = new AbortController();
  const gone = ask(port, { signal: client.signal });
  while (waiting.length === 0) await new Promise(setImmediate);
  client.abort();
  await assert.rejects(gone, { name: 'AbortError' });
  assert.equal((await ask(port)).status, 503);
  waiting[0]?.(result([{}, 1]));
  const other = untilLetIn(port);
  while (waiting.length === 1) await new Promise(setImmediate);
  waiting[1]?.(result([{}, 2]));
  await other;
});
