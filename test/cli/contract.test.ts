import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import type { Lifetime } from '../harness/lifetime.ts';
import { type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { pitot } from './helpers/pitot.ts';

const SHOP = 'test/cli/fixtures/shop-metrics.ts';

async function startShop(lifetime: Lifetime, env: Record<string, string> = {}): Promise<string> {
  const service: Service = await startService(lifetime, { args: ['test/cli/fixtures/shop.ts'], env });
  const orders = env.PITOT_TRANSLATION_STRATEGY === 'NoTranslation' ? 'shop_orders' : 'shop_orders_total';
  await until(async () => ((await service.scrape()).families.has(orders) ? true : undefined), {
    what: 'the first orders',
  });
  return (await service.endpoint()).href;
}

async function serve(lifetime: Lifetime, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

test("without modules the reference describes pitot's own metrics", async () => {
  const { code, stdout, stderr } = await pitot(['contract']);
  assert.deepEqual([code, stderr], [0, '']);
  for (const name of ['http.server.request.duration', 'process.cpu.time', 'workflow.run.active']) {
    assert.ok(stdout.includes(`| \`${name}\` |`), name);
  }
});

test('with a module the reference describes its contracts', async () => {
  const { code, stdout, stderr } = await pitot(['contract', SHOP]);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^## The shop$/m);
  assert.match(stdout, /^\| `shop.order.duration` \| `shop_order_duration_seconds` \| histogram \| `s` \|/m);
  assert.doesNotMatch(stdout, /process\.cpu/);
});

test('--json prints the contracts as data', async () => {
  const { code, stdout } = await pitot(['contract', SHOP, '--json']);
  assert.equal(code, 0);
  const [contract] = JSON.parse(stdout) as { title: string; metrics: { name: string }[] }[];
  assert.equal(contract?.title, 'The shop');
  assert.deepEqual(
    contract?.metrics.map(({ name }) => name),
    ['shop.orders', 'shop.order.duration', 'shop.stock'],
  );
});

test('a file that is not a module, or has no contract, causes an error that names it', async () => {
  const missing = await pitot(['contract', 'no/such.ts']);
  assert.deepEqual([missing.code, missing.stdout], [1, '']);
  assert.match(missing.stderr, /^pitot: no\/such\.ts cannot be imported: Cannot find module/);
  const none = await pitot(['contract', 'src/cli/commands.ts']);
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.match(none.stderr, /^pitot: src\/cli\/commands\.ts exports no contract: /);
});

test('contracts with the same metric in Prometheus are refused', async () => {
  const { code, stdout, stderr } = await pitot(['contract', 'test/cli/fixtures/clashing-metrics.ts']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.equal(
    stderr,
    'pitot: the contracts have faults:\n' +
      'http.requests.made, http.requests_made: 2 metrics are http_requests_made_total in Prometheus\n',
  );
});

test('a real endpoint matches its contracts, including those of pitot', async (t) => {
  const url = await startShop(t);
  const outcome = await pitot(['contract', SHOP, '--check', url]);
  const stdout = 'The endpoint is as its contract has it.\n';
  assert.deepEqual(outcome, { code: 0, signal: null, stdout, stderr: '' });
  const json = await pitot(['contract', SHOP, '--check', url, '--json']);
  assert.deepEqual([json.code, JSON.parse(json.stdout)], [0, { ok: true, differences: [] }]);
});

test('an endpoint is compared under its own translation strategy', async (t) => {
  const url = await startShop(t, { PITOT_TRANSLATION_STRATEGY: 'NoTranslation' });
  const { stdout } = await pitot(['contract', SHOP, '--check', url]);
  assert.equal(stdout, 'The endpoint is as its contract has it.\n');
});

test('every difference of a real endpoint is a line, except differences of an allowed kind', async (t) => {
  const url = await startShop(t, { SHOP: 'drifted' });
  const outcome = await pitot(['contract', SHOP, '--check', url]);
  assert.deepEqual([outcome.code, outcome.stderr], [1, '']);
  assert.deepEqual(outcome.stdout.trimEnd().split('\n').sort(), [
    'attribute: shop_orders_total has the label user, which no attribute of shop.orders makes',
    'unknown: shop_refunds_total (counter) is in no contract',
    'value: shop_orders_total has channel="phone", and channel is one of web, app',
  ]);
  const json = await pitot([
    'contract',
    SHOP,
    '--check',
    url,
    '--json',
    '--allow',
    'attribute',
    '--allow',
    'value',
  ]);
  assert.deepEqual(
    [json.code, JSON.parse(json.stdout)],
    [
      1,
      {
        ok: false,
        differences: [
          {
            difference: 'unknown',
            metric: 'shop_refunds_total',
            text: 'shop_refunds_total (counter) is in no contract',
          },
        ],
      },
    ],
  );
});

test('credentials and headers are sent, and appear in no message', async (t) => {
  const seen: unknown[] = [];
  const address = await serve(t, ({ headers }, response) => {
    seen.push([headers.authorization, headers['x-scope'], headers.accept]);
    response.writeHead(403).end('no\n');
  });
  const args = ['contract', '--check', `http://user:s%40crt@${address}/metrics`, '--header', 'X-Scope: a:b'];
  const { code, stdout, stderr } = await pitot(args);
  assert.deepEqual([code, stdout, stderr], [1, '', `pitot: http://${address}/metrics answered 403: no\n`]);
  const basic = `Basic ${Buffer.from('user:s@crt').toString('base64')}`;
  assert.deepEqual(seen, [[basic, 'a:b', 'text/plain;version=0.0.4']]);
});

test('a missing or malformed answer is an error, not a difference', async (t) => {
  const page = await serve(t, (_, response) =>
    response.setHeader('content-type', 'text/html').end('<p>hello'),
  );
  const broken = await serve(t, (_, response) =>
    response.setHeader('content-type', 'text/plain').end('a b c\n'),
  );
  const cases: [string, RegExp][] = [
    [
      `http://${page}/`,
      /answered with text\/html, not with the Prometheus text format; is that the endpoint's path\?\n$/,
    ],
    [`http://${broken}/`, /^pitot: line 1: neither a comment nor a sample: a b c\n$/],
    ['http://127.0.0.1:1/metrics', /^pitot: http:\/\/127\.0\.0\.1:1\/metrics cannot be read: .*\n$/],
  ];
  for (const [url, error] of cases) {
    const { code, stdout, stderr } = await pitot(['contract', '--check', url]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, error);
  }
});
