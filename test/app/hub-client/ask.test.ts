import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { MessagePort } from 'node:worker_threads';
import { askHub, type HubAnswer, setWayToHub } from '../../../src/app/hub-client/ask.ts';
import type { HubRequest } from '../../../src/channel/requests.ts';
import { PortReply } from '../../../src/hub/http/port-reply.ts';
import { answer, createRouter, type Handler } from '../../../src/hub/http/routing.ts';

const REQUEST: HubRequest = { method: 'GET', url: '/metrics', headers: {} };

/** A hub with one handler, in this thread. */
function connect(handler: Handler, timeout = 10_000): void {
  const router = createRouter(new Map([['/metrics', handler]]), assert.ifError);
  setWayToHub({
    timeout,
    post({ request, port }) {
      // As if it came from another thread.
      const { port: theirs } = structuredClone({ port }, { transfer: [port] });
      assert.ok(theirs instanceof MessagePort);
      const reply = new PortReply(theirs);
      router(request, reply, () => reply.signal);
      return true;
    },
  });
}

const bodyOf = ({ body }: HubAnswer) => text(body);

test('an answer has the status, the headers and the body that the handler gave it', async () => {
  connect(async (_, reply) => answer(reply, 503, 'not now', { 'retry-after': '1' }));
  const { status, headers, ...rest } = await askHub(REQUEST);
  assert.equal(status, 503);
  assert.deepEqual(headers, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': '8',
    'retry-after': '1',
  });
  assert.equal(await bodyOf({ status, headers, ...rest }), 'not now\n');
});

test('a reader that does not go on holds the writer back, and gets every byte in the end', async () => {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let written = 0;
  connect(async (_, reply) => {
    reply.writeHead(200);
    for (let i = 0; i < 100; i++) {
      await new Promise((resolve) => reply.write(chunk, resolve));
      written += chunk.length;
    }
    reply.end();
  });
  const given = await askHub(REQUEST);
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.ok(written < 8 * chunk.length, `${written} bytes were written without a reader`);
  assert.equal((await bodyOf(given)).length, 100 * chunk.length);
});

test('a reader that cancels, or leaves its loop, has the handler stop', async () => {
  for (const stop of [
    async (given: HubAnswer) => given.cancel(),
    async (given: HubAnswer) => {
      for await (const _ of given.body) break;
    },
  ]) {
    const stopped = Promise.withResolvers<void>();
    connect(async (_, reply, signal) => {
      signal.addEventListener('abort', () => stopped.resolve());
      reply.writeHead(200).write('beginning');
    });
    await stop(await askHub(REQUEST));
    await stopped.promise;
  }
});

test('an answer that is cut off rejects after what came before, and is never taken for a whole one', async () => {
  connect(async (_, reply) => {
    reply.writeHead(200).write('beginning', () => reply.destroy());
  });
  const given = await askHub(REQUEST);
  await assert.rejects(bodyOf(given), /cut off/);
});

test('without a hub, with one that is gone and with one that is silent, the answer is 503 and says why', async () => {
  setWayToHub('pitot has been shut down');
  assert.equal(await bodyOf(await askHub(REQUEST)), 'pitot has been shut down\n');
  setWayToHub({ timeout: 1000, post: () => false });
  assert.match(await bodyOf(await askHub(REQUEST)), /does not run at the moment/);
  connect(async (_, reply) => void reply.destroy());
  assert.match(await bodyOf(await askHub(REQUEST)), /ended before it answered/);
  connect(() => new Promise(() => {}));
  const headers = { 'x-prometheus-scrape-timeout-seconds': '0.05' };
  const given = await askHub({ ...REQUEST, headers });
  assert.equal(given.status, 503);
  assert.match(await bodyOf(given), /did not answer within 50 ms/);
});
