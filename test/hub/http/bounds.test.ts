import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import type { Refusal } from '../../../src/hub/server.ts';
import { logged } from './helpers/secured.ts';
import { ask, BODY, largeResult, respond, result, sendRaw, start, untilLetIn } from './helpers/served.ts';

/** A collection that hangs until it is let go on, and the number of those that were begun. */
function held() {
  const waiting: ((result: CollectionResult) => void)[] = [];
  return {
    waiting,
    collect: () => new Promise<CollectionResult>((resolve) => waiting.push(resolve)),
    async begun(count: number) {
      while (waiting.length < count) await new Promise(setImmediate);
    },
  };
}

test('a scrape ends before the client has given up, whose patience it says', async (t) => {
  logged(t);
  const { collect } = held();
  const { port } = await start(t, { collect, scrapeTimeout: 600_000 });
  for (const [seconds, milliseconds] of [
    ['0.1', 80],
    ['1', 800],
    ['0.0001', 1],
  ] as const) {
    const headers = { 'x-prometheus-scrape-timeout-seconds': seconds };
    const { status, body, headers: answered } = await ask(port, { headers });
    assert.equal(status, 503);
    assert.equal(body, `collection failed: no result in ${milliseconds} ms\n`);
    assert.equal(answered['retry-after'], '1');
  }
});

test('a client that does not say how long it waits has the set time', async (t) => {
  logged(t);
  const { collect } = held();
  const { port } = await start(t, { collect, scrapeTimeout: 20 });
  for (const seconds of [undefined, '', '0', '-1', 'soon']) {
    const headers = seconds === undefined ? {} : { 'x-prometheus-scrape-timeout-seconds': seconds };
    assert.equal((await ask(port, { headers })).body, 'collection failed: no result in 20 ms\n', seconds);
  }
});

test('scrapes at one time wait for one collection, each for as long as it can', async (t) => {
  logged(t);
  const { waiting, collect, begun } = held();
  const { port } = await start(t, { collect });
  const patient = ask(port);
  await begun(1);
  const hurried = await ask(port, { headers: { 'x-prometheus-scrape-timeout-seconds': '0.05' } });
  assert.equal(hurried.status, 503);
  waiting[0]?.(result([{}, 1]));
  assert.equal((await patient).body, BODY);
  assert.equal(waiting.length, 1);
});

test('a collection that hangs is not waited for by those who come after its time', async (t) => {
  logged(t);
  const { waiting, collect, begun } = held();
  const { port } = await start(t, { collect, scrapeTimeout: 50 });
  assert.equal((await ask(port)).status, 503);
  const next = ask(port);
  await begun(2);
  waiting[1]?.(result([{}, 1]));
  assert.equal((await next).body, BODY);
});

test('what goes beyond the scrapes that are allowed is 503 at once, and other paths are answered', async (t) => {
  const refusals: Refusal[] = [];
  const { collect, begun, waiting } = held();
  const { port } = await start(t, {
    collect,
    maxScrapes: 2,
    notReady: () => undefined,
    events: { refused: (reason) => refusals.push(reason) },
  });
  const inFlight = [ask(port), ask(port, { path: '/metrics.json' })];
  await begun(1);
  let refused = await ask(port, { path: '/metrics/' });
  while (refusals.length < 1) refused = await ask(port);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.body, 'as many scrapes as are allowed are in flight: 2\n');
  for (const path of ['/livez', '/readyz']) assert.equal((await ask(port, { path })).status, 200);
  waiting[0]?.(result([{}, 1]));
  for (const answer of inFlight) assert.equal((await answer).status, 200);
  assert.equal((await Promise.race([ask(port), begun(2)])) ?? 'let in', 'let in');
  waiting[1]?.(result([{}, 1]));
});

test('a client that leaves while it waits gives its place to others', async (t) => {
  logged(t);
  const { collect, begun } = held();
  const { port } = await start(t, { collect, maxScrapes: 1 });
  const client = new AbortController();
  const gone = ask(port, { signal: client.signal });
  await begun(1);
  assert.equal((await ask(port)).status, 503);
  client.abort();
  await assert.rejects(gone, { name: 'AbortError' });
  // The collection still hangs; the next scrape waits for it in the place that is free.
  const headers = { 'x-prometheus-scrape-timeout-seconds': '0.1' };
  let { body } = await ask(port, { headers });
  while (body.startsWith('as many scrapes')) ({ body } = await ask(port, { headers }));
  assert.equal(body, 'collection failed: no result in 80 ms\n');
});

test('pipelined requests take one place, one after the other', async (t) => {
  const { port } = await start(t, { maxScrapes: 1 });
  const socket = connect(port, '127.0.0.1');
  socket.end('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(10));
  assert.equal((await text(socket)).match(/HTTP\/1\.1 200/g)?.length, 10);
});

test('a client that leaves while its requests wait behind another leaves no place taken', async (t) => {
  const { collect, begun, waiting } = held();
  let isHeld = true;
  const { port } = await start(t, {
    // The server may begin with further requests before it knows that the client has left.
    collect: () => (isHeld ? collect() : Promise.resolve(result([{}, 1]))),
    maxScrapes: 1,
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(5));
  await begun(1);
  assert.equal((await ask(port)).status, 503);
  socket.destroy();
  isHeld = false;
  waiting[0]?.(result([{}, 1]));
  await untilLetIn(port);
});

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

test('a client that reads nothing is cut off, and gives its place to others', async (t) => {
  const { port } = await start(t, { maxScrapes: 1, stallTimeout: 50, collect: async () => largeResult() });
  const lazy = await respond({ port });
  await untilLetIn(port);
  await assert.rejects(lazy.toArray(), { code: 'ECONNRESET' });
});

test('a client that reads slowly has its answer to the deadline, and no longer', async (t) => {
  const large = largeResult();
  const { port } = await start(t, { stallTimeout: 600_000, maxScrapes: 1, collect: async () => large });
  // Longer than this machine takes to collect and encode; the client then takes some bytes and waits for its deadline.
  const seconds = await secondsOf(async () => assert.equal((await ask(port)).status, 200));
  const headers = { 'x-prometheus-scrape-timeout-seconds': String(1 + 3 * seconds) };
  const slow = await respond({ port, headers });
  assert.equal(slow.statusCode, 200);
  const body = slow.iterator({ destroyOnReturn: false });
  assert.equal((await body.next()).done, false);
  // The client's place is free again after the deadline.
  await untilLetIn(port);
  await assert.rejects(slow.toArray(), { code: 'ECONNRESET' });
});

test('a collection is served again for the set time, and a failed one is not', async (t) => {
  logged(t);
  let collections = 0;
  const { port } = await start(t, {
    scrapeCache: 600_000,
    collect: async () => {
      if (++collections === 1) throw new Error('not yet');
      return result([{}, collections]);
    },
  });
  assert.equal((await ask(port)).status, 500);
  for (let i = 0; i < 3; i++) assert.match((await ask(port)).body, / 2\n$/);
  assert.equal(collections, 2);
});

test('a URL that is too long is 414, headers that are too large are 431', async (t) => {
  const { port } = await start(t);
  assert.equal((await ask(port, { path: `/metrics?${'a'.repeat(9000)}` })).status, 414);
  assert.equal((await ask(port, { path: `/metrics?${'a'.repeat(8000)}` })).status, 200);
  const headers = `GET /metrics HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
  assert.match(await sendRaw(port, headers), /^HTTP\/1\.1 431 /);
});

test('connections beyond the limit take the place of those that have been silent for longest', async (t) => {
  const refusals: Refusal[] = [];
  const { collect, begun, waiting } = held();
  const { port } = await start(t, {
    collect,
    maxConnections: 3,
    events: { refused: (reason) => refusals.push(reason) },
  });
  const busy = ask(port);
  await begun(1);
  const silent: Socket[] = [];
  const closed: number[] = [];
  for (let i = 0; i < 4; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => closed.push(i));
    await new Promise((resolve) => socket.once('connect', resolve));
    silent.push(socket);
  }
  while (closed.length < 2) await new Promise(setImmediate);
  assert.deepEqual(closed, [0, 1]);
  assert.equal((await ask(port, { path: '/' })).status, 404);
  while (closed.length < 3) await new Promise(setImmediate);
  assert.deepEqual(closed, [0, 1, 2]);
  waiting[0]?.(result([{}, 1]));
  assert.equal((await busy).body, BODY);
  assert.deepEqual(refusals, Array(3).fill('connections'));
  for (const socket of silent) socket.destroy();
});

test('where all connections have requests in progress, one more is closed', async (t) => {
  const { collect, begun, waiting } = held();
  const { port } = await start(t, { collect, maxConnections: 1 });
  const busy = ask(port);
  await begun(1);
  for (let i = 0; i < 3; i++) await assert.rejects(ask(port, { path: '/' }), { code: 'ECONNRESET' });
  waiting[0]?.(result([{}, 1]));
  assert.equal((await busy).body, BODY);
  assert.equal((await ask(port, { path: '/' })).status, 404);
});

test('connections that wait for the hub leave places for clients of other addresses', async (t) => {
  let asked = 0;
  const text = () => {
    asked++;
    return new Promise<string>(() => {});
  };
  const { port } = await start(t, { maxConnections: 3, cardinality: { text, json: text } });
  for (let i = 0; i < 3; i++) void ask(port, { path: '/metrics/cardinality' }).catch(() => {});
  while (asked < 3) await new Promise(setImmediate);
  await assert.rejects(ask(port), { code: 'ECONNRESET' });
  for (let i = 0; i < 3; i++) assert.equal((await ask(port, { localAddress: '127.0.0.2' })).body, BODY);
});
