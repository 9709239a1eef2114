import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { type Sample, select, value } from '../harness/samples.ts';
import { DOOR, inherited, REPOSITORY, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

const SHOP = 'test/app/prom-client/client/fixtures/shop.mjs';
const AUTHORIZATION = { authorization: `Basic ${btoa('prometheus:secret')}` };

const VISITS = [
  '/order/web/new/2',
  '/order/web/new/1',
  '/order/shop/ann/12',
  '/order/web/ben%20%22%5C%0A/3',
  '/order/shop/ann/0',
  '/nowhere',
  '/forget/shop/ann',
  '/order/web/new/40',
];

/** Families whose values depend on time or on the machine: their lines are compared without values. */
const CHANGING =
  /^(http_request_duration_seconds_(bucket|sum)|shop_last_order_seconds|process_\w+|nodejs_eventloop_\w+|nodejs_heap_\w+|nodejs_external_\w+)(?=[ {])/;
/** Families whose series depend on them too. */
const MOVING = /^nodejs_(gc|active)_\w+[ {]/;

function comparable(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !MOVING.test(line))
    .map((line) => (CHANGING.test(line) ? line.replace(/ \S+$/, '') : line));
}

interface Answers {
  readonly statuses: readonly number[];
  readonly texts: readonly (readonly string[])[];
  readonly types: readonly (string | null)[];
}

type Program = Pick<Awaited<ReturnType<typeof startChild>>, 'line'>;

/** The shop's metrics after the visits, from its routes for them. */
async function answersOf(shop: Program): Promise<Answers> {
  const [, worker] = await shop.line(/^worker on (\d+)$/);
  const [, primary] = await shop.line(/^primary on (\d+)$/);
  const statuses: number[] = [];
  for (const path of VISITS) statuses.push((await fetch(`http://127.0.0.1:${worker}${path}`)).status);
  const urls = [`${worker}/metrics`, `${worker}/metrics/all`, `${worker}/metrics/json`, `${primary}/metrics`];
  statuses.push((await fetch(`http://127.0.0.1:${urls[0]}`)).status);
  const texts: string[][] = [];
  const types: (string | null)[] = [];
  for (const url of urls) {
    const response = await fetch(`http://127.0.0.1:${url}`, { headers: AUTHORIZATION });
    statuses.push(response.status);
    types.push(response.headers.get('content-type'));
    texts.push(comparable(await response.text()));
  }
  return { statuses, texts, types };
}

/** The shop with another import, in a folder from which the package's name leads to the build. */
async function changedShop(t: TestContext): Promise<string> {
  const cache = join(REPOSITORY, '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'shop-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const before = await readFile(join(REPOSITORY, SHOP), 'utf8');
  const after = before.replace(
    "import client from 'prom-client';",
    "import client from 'pitot/prom-client';",
  );
  assert.notEqual(after, before);
  await writeFile(join(folder, 'shop.mjs'), after);
  return join(folder, 'shop.mjs');
}

/** The samples of the endpoint as soon as it has so many orders of new customers. */
function orders(shop: Pick<Service, 'scrape'>, expected: number): Promise<readonly Sample[]> {
  const labels = { channel: 'web', customer: 'new', app: 'shop' };
  return until(
    async () => {
      const { samples } = await shop.scrape();
      const found = select(samples, 'shop_orders_total', labels).at(0)?.value;
      return found === expected ? samples : undefined;
    },
    { what: `${expected} orders on the endpoint` },
  );
}

async function alone(t: TestContext, program: string): Promise<Program> {
  return startChild(t, process.execPath, { args: [program], cwd: REPOSITORY, env: inherited() });
}

test('an application serves the same text when one import is changed, with pitot started and without', async (t) => {
  const expected = await answersOf(await alone(t, SHOP));
  assert.deepEqual(expected.statuses.slice(-5), [401, 200, 200, 200, 200]);
  const changed = await changedShop(t);
  assert.deepEqual(await answersOf(await alone(t, changed)), expected);
  assert.deepEqual(await answersOf(await startService(t, { args: [changed] })), expected);
});

test('with PITOT_PROM_CLIENT=replace an application serves the same text without a changed line', async (t) => {
  const expected = await answersOf(await alone(t, SHOP));
  const env = { PITOT_PROM_CLIENT: 'replace', OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()) };
  const shop = await startService(t, { args: [SHOP], env });
  assert.deepEqual(await answersOf(shop), expected);
  await orders(shop, 3);
});

test('the workers of a cluster are one on the endpoint, without a line, and counts outlive a worker', async (t) => {
  const port = String(await freePort());
  const shop = await startService(t, {
    nodeArgs: DOOR,
    args: [SHOP],
    env: { PITOT_PROM_CLIENT: 'replace', WORKERS: '2', OTEL_EXPORTER_PROMETHEUS_PORT: port },
  });
  const workers = await until(
    async () => {
      const ports = Array.from(shop.stdout.matchAll(/^worker on (\d+)$/gm), ([, port]) => port);
      return ports.length === 2 ? ports : undefined;
    },
    { what: 'both workers' },
  );
  for (const worker of workers) {
    for (const path of VISITS) await fetch(`http://127.0.0.1:${worker}${path}`);
  }
  const samples = await orders(shop, 6);
  assert.equal(value(samples, 'shop_order_euros_count', { channel: 'web' }), 8);
  // By the aggregators: the sum by default, and the greatest.
  assert.equal(value(samples, 'http_requests_in_flight'), 0);
  assert.equal(value(samples, 'shop_stock', { item: 'hats' }), 7);

  await fetch(`http://127.0.0.1:${workers[0]}/leave`).catch(() => {});
  const later = await until(
    async () => {
      const { samples } = await shop.scrape();
      return select(samples, 'shop_order_items', { channel: 'web', quantile: '0.5' }).length === 1
        ? samples
        : undefined;
    },
    { what: 'the gauges without the first worker' },
  );
  assert.equal(value(later, 'shop_orders_total', { channel: 'web', customer: 'new' }), 6);
  assert.equal(value(later, 'shop_order_items_count', { channel: 'web' }), 8);
});
