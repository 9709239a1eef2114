import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { startCollector } from '../harness/collector.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { sendCounter } from '../harness/otlp-counter.ts';
import { skipWithout } from '../harness/programs.ts';
import { until } from '../harness/until.ts';

test('what a Collector could not write while the receiver was away arrives afterwards, in its order', {
  skip: skipWithout('pitot-collector'),
}, async (t) => {
  const receiver = await startReceiver(t, { refusals: 2 });
  const collector = await startCollector(t, {
    overlay: 'remote-write',
    env: { REMOTE_WRITE_ENDPOINT: receiver.url },
  });
  for (let value = 1; value <= 4; value++) {
    await sendCounter(collector.otlpHttp, { service: 'orders', value });
  }
  await until(() => (receiver.taken.length === 4 ? receiver.taken : undefined), {
    what: 'all four requests',
    timeout: 60_000,
  });
  // The first is tried until it is taken, and only then the others are.
  assert.deepEqual(new Set(receiver.refused), new Set([receiver.taken[0]]));
  assert.equal(new Set(receiver.taken).size, 4);
});

/** A server that is unavailable for so many requests; the bodies that it was sent, in Base64. */
async function startReceiver(
  lifetime: Lifetime,
  { refusals }: { refusals: number },
): Promise<{ url: string; refused: readonly string[]; taken: readonly string[] }> {
  const refused: string[] = [];
  const taken: string[] = [];
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString('base64');
    const isRefused = refused.length < refusals;
    (isRefused ? refused : taken).push(body);
    response.writeHead(isRefused ? 503 : 204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}/`, refused, taken };
}
