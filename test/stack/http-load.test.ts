import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sample, select } from '../harness/samples.ts';
import { DOOR, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { ACTIONS, add, keyOf, LoadClient, type Ports, Tally } from './helpers/http-load-client.ts';

/** Ten minutes in `npm run test:load`, five in CI. */
const SECONDS = Number(process.env.PITOT_LOAD_SECONDS ?? 60);
/** The part of it after which everything has its final size. */
const WARM_UP = 0.3;
const CLIENTS = 12;
/** Bytes that the heap may have grown by: compiled code is in it, and what Node.js keeps for later. */
const HEAP_GROWTH = 3 * 2 ** 20;
const DURATION = 'http_server_request_duration_seconds_count';

test(`${SECONDS} s of everything that can become of a request: counts are the clients', heap and series are flat, nothing is active`, {
  timeout: (SECONDS + 90) * 1000,
}, async (t) => {
  const service = await startService(t, {
    // Code that has not run for a while stays, or else the heap would shrink by more than a leak adds.
    nodeArgs: ['--expose-gc', '--no-flush-bytecode', ...DOOR],
    args: [join(import.meta.dirname, 'programs/http-load-app.mjs')],
    env: { NODE_ENV: 'test', OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http' },
  });
  const ports: Ports = JSON.parse((await service.line(/^ports (.*)$/))[1] ?? '');
  const tally = new Tally();

  await load(ports, tally, SECONDS * WARM_UP);
  const before = await settled(service, tally);
  const heapBefore = await heapOf(ports);
  const warm = tally.total;
  await load(ports, tally, SECONDS * (1 - WARM_UP));
  const after = await settled(service, tally);
  const growth = (await heapOf(ports)) - heapBefore;

  t.diagnostic(`${tally.total} requests, ${tally.counts.size} outcomes`);
  t.diagnostic(`the heap of ${heapBefore} bytes grew by ${growth} with ${tally.total - warm} requests`);
  assert.deepEqual(countsIn(after), sorted(tally.counts));
  for (const [route, size] of tally.received) assert.equal(sizeOf(after, 'response', route), size, route);
  for (const [route, size] of tally.sent) assert.equal(sizeOf(after, 'request', route), size, route);
  const relayed = tally.counts.get(keyOf({ route: '/api/relayed/:id', status: 204 }));
  assert.equal(sumOf(after, 'http_client_request_duration_seconds_count'), 2 * (relayed ?? 0));
  assert.deepEqual(seriesIn(after), seriesIn(before));
  assert.ok(growth < HEAP_GROWTH, `the heap has grown by ${growth} bytes`);
});

/** Lets all clients do one thing after the other, at random, for so many seconds. */
async function load(ports: Ports, tally: Tally, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  const clients = Array.from({ length: CLIENTS }, async () => {
    const client = new LoadClient(ports, tally, Math.random);
    // Everything once, whatever chance has it.
    for (const action of ACTIONS) await action(client);
    while (performance.now() < end) {
      await ACTIONS[client.some(ACTIONS.length) - 1]?.(client);
      await pause(client.some(5));
    }
    await client.close();
  });
  await Promise.all(clients);
}

/** The exposition once every request of the clients is counted, and none is active. */
async function settled(service: Service, tally: Tally): Promise<readonly Sample[]> {
  let samples: readonly Sample[] = [];
  return until(
    async () => {
      ({ samples } = await service.scrape());
      const active = [
        ...select(samples, 'http_server_active_requests'),
        ...select(samples, 'http_client_active_requests'),
      ];
      const isIdle = active.length > 0 && active.every(({ value }) => value === 0);
      return isIdle && sumOf(samples, DURATION) >= tally.total ? samples : undefined;
    },
    {
      what: `${tally.total} requests and none active`,
      instead: () => JSON.stringify(countsIn(samples), undefined, 1),
    },
  );
}

function countsIn(samples: readonly Sample[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { labels, value } of select(samples, DURATION)) {
    const key = keyOf({
      method: labels.http_request_method ?? '',
      route: labels.http_route ?? '',
      status: labels.http_response_status_code ?? '',
      // The status says this already.
      error: /^\d+$/.test(labels.error_type ?? '') ? '' : (labels.error_type ?? ''),
      version: labels.network_protocol_version ?? '',
    });
    add(counts, key, value);
  }
  return sorted(counts);
}

function sorted(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The bytes of all bodies that a route has had, but of requests that broke off. */
function sizeOf(samples: readonly Sample[], side: 'request' | 'response', route: string): number {
  return select(samples, `http_server_${side}_body_size_bytes_sum`, { http_route: route })
    .filter(({ labels }) => !/disconnected|timeout/.test(labels.error_type ?? ''))
    .reduce((sum, { value }) => sum + value, 0);
}

function sumOf(samples: readonly Sample[], name: string): number {
  return select(samples, name).reduce((sum, { value }) => sum + value, 0);
}

/** How many series each metric of HTTP has; connections come and go. */
function seriesIn(samples: readonly Sample[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { name } of samples) if (/^http_(server|client_request)/.test(name)) add(counts, name, 1);
  return sorted(counts);
}

/** Bytes of the service's heap after garbage collection. */
async function heapOf({ heap }: Ports): Promise<number> {
  let text = '';
  // Some things are let go of by the turn after the one in which they are collected.
  for (let i = 0; i < 3; i++) {
    text = '';
    for await (const chunk of connect(heap, '127.0.0.1').setEncoding('utf8')) text += chunk;
  }
  return Number(text);
}
