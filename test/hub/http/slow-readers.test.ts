import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Refusal } from '../../../src/hub/server.ts';
import { until } from '../../harness/until.ts';
import { basic, HASHES, startSecured } from './helpers/secured.ts';
import { ask, BODY, respond, start, untilLetIn } from './helpers/served.ts';

/** A path that no limit of scrapes protects, with an answer of so many MiB. */
function answerOf(mebibytes: number) {
  const body = 'x'.repeat(mebibytes * 1024 * 1024);
  return { text: async () => body, json: async () => '{}' };
}
/** More bytes than sockets buffer. */
const LARGE = answerOf(32);
const PATH = '/metrics/cardinality';

/** A connection that asks for the path and reads nothing; it comes again when it is closed. */
function slowReader(t: TestContext, port: number, path: string, requests: number): void {
  let isOver = false;
  let socket: Socket;
  const hang = () => {
    if (isOver) return;
    socket = connect(port, '127.0.0.1').pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(requests));
    socket.on('error', () => {}).on('close', () => setTimeout(hang, 50));
  };
  hang();
  t.after(() => {
    isOver = true;
    socket.destroy();
  });
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
