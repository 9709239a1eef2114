import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../../harness/exposition.ts';
import { select, value } from '../../harness/samples.ts';
import { startService } from '../../harness/service.ts';

const FRAMEWORKS = ['node:http', 'Express', 'Fastify', 'Koa', 'Hono'];

test("an application's own route serves what the endpoint serves, in every framework, without a port", async (t) => {
  const service = await startService(t, {
    args: ['test/app/route/fixtures/frameworks.mjs'],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: 'none', OTEL_SERVICE_NAME: `own-route-${process.pid}` },
  });
  const [, found = ''] = await service.line(/^listening on (.*)$/);
  const ports: Record<string, number> = JSON.parse(found);
  const base = (framework: string) => `http://127.0.0.1:${ports[framework]}`;
  await service.line(/own-route-\d+ · no port, served by the application's own route · measures/);

  for (const framework of FRAMEWORKS) {
    await t.test(`${framework}: text, OpenMetrics, JSON, a selection, and HEAD`, async () => {
      const get = (path: string, init: RequestInit = {}) => fetch(`${base(framework)}${path}`, init);
      assert.equal(await (await get('/')).text(), 'hello');

      const text = await get('/metrics');
      assert.equal(text.status, 200);
      assert.equal(text.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
      assert.match(text.headers.get('content-encoding') ?? '', /gzip|zstd/);
      assert.match(text.headers.get('vary') ?? '', /accept, accept-encoding/);
      assert.equal(value(parseExposition(await text.text()).samples, 'orders_total'), 3);

      const open = await get('/metrics', {
        headers: { accept: 'application/openmetrics-text; version=1.0.0' },
      });
      assert.match(open.headers.get('content-type') ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
      assert.match(await open.text(), /# EOF\n$/);

      const json = await get('/metrics.json');
      assert.match(json.headers.get('content-type') ?? '', /^application\/json/);
      assert.ok(JSON.stringify(await json.json()).includes('orders_total'));

      const chosen = parseExposition(await (await get('/metrics?name[]=orders_total')).text());
      assert.equal(value(chosen.samples, 'orders_total'), 3);
      assert.equal(select(chosen.samples, 'process_uptime_seconds').length, 0);

      const head = await get('/metrics', { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    });

    await t.test(`${framework}: the page and health under a prefix`, async () => {
      const get = (path: string) => fetch(`${base(framework)}${path}`);
      const page = await get('/internal');
      assert.equal(page.url, `${base(framework)}/internal/`);
      assert.match(await page.text(), /<script type="module" src="page\/page.js">/);
      assert.match((await get('/internal/page/page.css')).headers.get('content-type') ?? '', /^text\/css/);
      assert.equal(await (await get('/internal/livez')).text(), 'live\n');
      assert.equal(await (await get('/internal/readyz')).text(), 'ready\n');
      assert.equal((await get('/internal/metrics')).status, 200);
      assert.equal((await get('/internal/nothing')).status, 404);
      const stream = await get('/internal/page/events');
      const reader = stream.body?.getReader() ?? assert.fail();
      const first = await reader.read();
      assert.match(Buffer.from(first.value ?? []).toString(), /^retry: 1000/);
      await reader.cancel();
    });

    await t.test(`${framework}: the route is none of the application's requests`, async () => {
      const { samples } = parseExposition(await (await fetch(`${base(framework)}/metrics`)).text());
      const counted = select(samples, 'http_server_request_duration_seconds_count');
      assert.ok(counted.length > 0, 'the application has requests of its own');
      for (const { labels } of counted) assert.doesNotMatch(labels.http_route ?? '', /metrics|internal|\*/);
      for (const { value: active } of select(samples, 'http_server_active_requests')) assert.equal(active, 0);
    });
  }

  await t.test('one part at a path of the application, and a route that is to be counted', async () => {
    assert.equal(await (await fetch(`${base('node:http')}/healthy`)).text(), 'live\n');
    const count = async () => {
      const { samples } = parseExposition(await (await fetch(`${base('node:http')}/metrics`)).text());
      return select(samples, 'http_server_request_duration_seconds_count').reduce(
        (sum, { value: n }) => sum + n,
        0,
      );
    };
    const before = await count();
    await (await fetch(`${base('node:http')}/counted`)).text();
    assert.equal(await count(), before + 1);
  });
});

test('where pitot is switched off, the route answers 503 with the reason', async (t) => {
  const service = await startService(t, {
    args: ['test/app/route/fixtures/own-port.mjs'],
    env: { OTEL_SDK_DISABLED: 'true' },
  });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(response.status, 503);
  assert.equal(await response.text(), 'pitot is switched off (OTEL_SDK_DISABLED)\n');
});

test('where metrics are only forwarded, and where pitot was not started, the route says so', async (t) => {
  const forwarding = await startService(t, {
    args: ['test/app/route/fixtures/own-port.mjs'],
    env: { OTEL_METRICS_EXPORTER: 'none' },
  });
  const unstarted = await startService(t, { nodeArgs: [], args: ['test/app/route/fixtures/own-port.mjs'] });
  for (const [service, reason] of [
    [forwarding, /OTEL_METRICS_EXPORTER does not contain prometheus/],
    [unstarted, /pitot does not run in this thread: start it with --import/],
  ] as const) {
    const [, port] = await service.line(/^listening on (\d+)$/);
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    assert.equal(response.status, 503);
    assert.match(await response.text(), reason);
  }
});
