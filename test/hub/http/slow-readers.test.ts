import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { Refusal } from '../../../src/hub/server.ts';
import { until } from '../../harness/until.ts';
import { basic, HASHES, startSecured } from './helpers/secured.ts';
import { ask, BODY, respond, sendRaw, start, untilLetIn } from './helpers/served.ts';

/** A path that no limit of scrapes protects, with an answer of so many MiB. */
function answerOf(mebibytes: number) {
  const body = 'x'.repeat(mebibytes * 1024 * 1024);
  return { text: async () => body, json: async () => '{}' };
}
/** More bytes than sockets buffer. */
const LARGE = answerOf(32);
const PATH = '/metrics/cardinality';

/** A connection that asks for the path and reads nothing; it comes again when it is closed, until it is ended. */
function slowReader(t: TestContext, port: number, path: string, requests: number): () => void {
  let isOver = false;
  let socket: Socket;
  const hang = () => {
    if (isOver) return;
    socket = connect(port, '127.0.0.1').pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(requests));
    socket.on('error', () => {}).on('close', () => setTimeout(hang, 50));
  };
  hang();
  const end = () => {
    isOver = true;
    socket.destroy();
  };
  t.after(end);
  return end;
}

for (const [what, path, requests] of [
  ['read nothing', PATH, 1],
  ['pipeline a few requests and read nothing', PATH, 8],
  ['pipeline many requests', '/metrics', 200],
] as const) {
  test(`scrapes and health go on beside clients that ${what}`, async (t) => {
    const { port } = await start(t, {
      maxConnections: 50,
      notReady: () => undefined,
      cardinality: answerOf(1),
      maxScrapes: 1000,
    });
    for (let i = 0; i < 70; i++) slowReader(t, port, path, requests);
    let answered = 0;
    for (let i = 0; i < 20; i++) {
      for (const good of ['/metrics', '/livez']) {
        const { status } = await ask(port, { path: good, localAddress: '127.0.0.2' });
        assert.equal(status, 200);
        answered++;
      }
    }
    assert.equal(answered, 40);
    await untilLetIn(port);
  });
}

test('scrapes and health go on beside clients without credentials', async (t) => {
  const { port } = await startSecured(
    t,
    { basic_auth_users: { dave: HASHES.dave } },
    { maxConnections: 50, openHealth: true, notReady: () => undefined },
  );
  for (let i = 0; i < 70; i++) slowReader(t, port, '/metrics', 100);
  const headers = basic('dave', 'dave123');
  for (let i = 0; i < 20; i++) {
    assert.equal((await ask(port, { headers, localAddress: '127.0.0.2' })).body, BODY);
    assert.equal((await ask(port, { path: '/livez', localAddress: '127.0.0.2' })).status, 200);
  }
});

for (const [what, path, requests] of [
  ['read nothing', PATH, 8],
  ['pipelined many requests', '/metrics', 200],
] as const) {
  test(`each client is answered as soon as those are gone who ${what}`, async (t) => {
    const { port } = await start(t, { maxConnections: 50, cardinality: answerOf(1), maxScrapes: 1 });
    const ends = Array.from({ length: 70 }, () => slowReader(t, port, path, requests));
    for (let i = 0; i < 20; i++) await ask(port, { path: '/', localAddress: '127.0.0.2' });
    for (const end of ends) end();
    await untilLetIn(port);
    for (let i = 0; i < 20; i++) assert.equal((await ask(port)).body, BODY);
  });
}

test('a client that pipelines has one response in progress', async (t) => {
  let responses = 0;
  const cardinality = {
    ...LARGE,
    text: () => {
      responses++;
      return LARGE.text();
    },
  };
  const { port } = await start(t, { cardinality });
  const lazy = connect(port, '127.0.0.1').pause();
  t.after(() => lazy.destroy());
  lazy.write(`GET ${PATH} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(10));
  for (let i = 0; i < 10; i++) await ask(port);
  assert.equal(responses, 1);
});

test('more than ten requests without an answer end their connection', async (t) => {
  const refusals: Refusal[] = [];
  const { port } = await start(t, {
    collect: () => new Promise(() => {}),
    scrapeTimeout: 100,
    events: { refused: (reason) => refusals.push(reason) },
  });
  for (const [requests, isCut] of [
    [10, false],
    [11, true],
  ] as const) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => socket.destroy());
    socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(requests));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    const answers = () => received.split('HTTP/1.1 503').length - 1;
    await until(() => socket.closed || answers() === requests || undefined, { what: 'answers or the end' });
    assert.equal(socket.closed, isCut);
  }
  assert.deepEqual(
    refusals.filter((reason) => reason === 'connections'),
    ['connections'],
  );
});

test('what comes after too many requests is not even parsed', async (t) => {
  const { port } = await start(t);
  let parsed = 0;
  const count = () => {
    parsed++;
  };
  subscribe('http.server.request.start', count);
  t.after(() => unsubscribe('http.server.request.start', count));
  await sendRaw(port, 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(1000)).catch(() => {});
  assert.ok(parsed > 10 && parsed < 50, `${parsed}`);
});

for (const [when, options] of [
  ['after a while', { stallTimeout: 50 }],
  ['when too many bytes are unsent', { stallTimeout: 600_000, maxUnsent: 1024 * 1024 }],
] as const) {
  test(`a client that reads nothing of any path is cut off ${when}`, async (t) => {
    const { port } = await start(t, { ...options, cardinality: LARGE });
    const lazy = connect(port, '127.0.0.1')
      .on('error', () => {})
      .pause();
    lazy.write(`GET ${PATH} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    // A socket that reads nothing learns of its end when it writes.
    const probe = setInterval(() => lazy.write('\r\n'), 500);
    t.after(() => clearInterval(probe));
    await new Promise((resolve) => lazy.once('close', resolve));
  });
}

test('a client that reads slowly is cut off at the deadline on any path', async (t) => {
  const { port } = await start(t, { scrapeTimeout: 10, responseTimeout: 300, cardinality: LARGE });
  const slow = await respond({ port, path: PATH });
  await assert.rejects(
    async () => {
      for await (const _ of slow) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    { code: 'ECONNRESET' },
  );
});

test('a stream of the live page goes on beyond the deadline of responses', async (t) => {
  const { port } = await start(t, {
    ...{ page: 'on', scrapeTimeout: 10, responseTimeout: 300, cardinality: LARGE },
  });
  const stream = await respond({ port, path: '/page/events' });
  let isOver = false;
  stream.resume().on('close', () => {
    isOver = true;
  });
  // This response begins later, and so does its deadline.
  const slow = await respond({ port, path: PATH });
  await assert.rejects(async () => {
    for await (const _ of slow) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  assert.equal(isOver, false);
  stream.destroy();
});

/** Opens connections that say nothing, one after the other. */
async function crowd(t: TestContext, port: number, size: number): Promise<void> {
  for (let i = 0; i < size; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
  }
}

test('a client that has authenticated keeps its connection beside strangers', async (t) => {
  const { port } = await startSecured(t, { basic_auth_users: { dave: HASHES.dave } }, { maxConnections: 5 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const scrape = async () => {
    const response = await respond({ port, agent, headers: basic('dave', 'dave123') });
    const { localPort } = response.socket;
    await response.toArray();
    return localPort;
  };
  const first = await scrape();
  await crowd(t, port, 20);
  assert.equal(await scrape(), first);
});

test('a client keeps its connection beside many of another address', async (t) => {
  const { port } = await start(t, { maxConnections: 5 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const scrape = async () => {
    const response = await respond({ port, agent, localAddress: '127.0.0.2' });
    const { localPort } = response.socket;
    await response.toArray();
    return localPort;
  };
  const first = await scrape();
  await crowd(t, port, 20);
  assert.equal(await scrape(), first);
});

test('a client that has not authenticated yet keeps its place beside many of one address that have', async (t) => {
  const { port } = await startSecured(t, { basic_auth_users: { dave: HASHES.dave } }, { maxConnections: 5 });
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const headers = basic('dave', 'dave123');
  const answers = await Promise.all(Array.from({ length: 5 }, () => respond({ port, agent, headers })));
  for (const answer of answers) await answer.toArray();
  const client = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  await once(client, 'connect');
  await crowd(t, port, 4);
  client.end(`GET /metrics HTTP/1.1\r\nhost: localhost\r\nauthorization: ${headers.authorization}\r\n\r\n`);
  assert.match(await text(client), /^HTTP\/1\.1 200 /);
});
