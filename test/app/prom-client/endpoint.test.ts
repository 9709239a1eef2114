import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { closedGate } from '../../harness/gate.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { select, value } from '../../harness/samples.ts';
import { PATIENT, startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';

const APP = 'test/app/prom-client/fixtures/bridged-app.mjs';

async function startApp(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const service = await startService(t, { args: [APP], env });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return { service, get };
}

test('bridged metrics are on the endpoint with their names, types, labels and help', async (t) => {
  const { service, get } = await startApp(t);
  for (const path of ['/a', '/a', '/b']) await get(path);
  const { families, samples } = await service.scrape();
  const a = { route: '/a', app: 'shop', otel_scope_name: 'prom-client' };
  assert.equal(value(samples, 'shop_requests_total', a), 2);
  assert.equal(value(samples, 'shop_seconds_count', a), 2);
  assert.equal(value(samples, 'shop_seconds_sum', a), 1);
  assert.equal(value(samples, 'shop_seconds_bucket', { ...a, le: '0.1' }), 0);
  assert.equal(value(samples, 'shop_seconds_bucket', { ...a, le: '1' }), 2);
  assert.equal(value(samples, 'shop_sizes', { quantile: '0.5' }), 7);
  assert.equal(value(samples, 'shop_sizes_count'), 1);
  assert.equal(value(samples, 'shop_answer'), 42);
  assert.equal(select(samples, 'pitot_bridge_look_duration_seconds').length, 1);
  assert.equal(families.get('shop_requests_total')?.type, 'counter');
  assert.equal(families.get('shop_seconds')?.type, 'histogram');
  assert.equal(families.get('shop_seconds')?.help, 'Durations.');
});

test('while the application is blocked, the endpoint serves the values of the last poll', async (t) => {
  const { service, get } = await startApp(t);
  await get('/a');
  const route = { route: '/a' };
  assert.equal(value((await service.scrape()).samples, 'shop_requests_total', route), 1);
  await get('/a');
  const gate = closedGate(t);
  const stuck = get(`/a?until=${gate.path}`);
  for (let i = 0; i < 3; i++) {
    const { samples } = await service.scrape();
    const seen = value(samples, 'shop_requests_total', route);
    assert.ok(seen >= 1 && seen <= 3, `${seen}`);
    assert.equal(value(samples, 'shop_seconds_count', route), seen);
  }
  gate.open();
  await stuck;
  const isFresh = async () =>
    value((await service.scrape()).samples, 'shop_requests_total', route) === 3 || undefined;
  await until(isFresh, { what: 'bridged metrics to be fresh again' });
});

test('bridged metrics are forwarded, up to the last value before the process ends', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const { service, get } = await startApp(t, {
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    ...PATIENT,
  });
  for (let i = 0; i < 5; i++) await get('/a');
  await get('/end').catch(() => {});
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  const requests = receiver.latest('shop_requests_total');
  assert.deepEqual(
    requests?.points.map(({ attributes, value: count }) => [attributes.route, attributes.app, count]),
    [
      ['/a', 'shop', 5],
      ['/end', 'shop', 1],
    ],
  );
  const [point] = receiver.latest('shop_seconds')?.points ?? [];
  assert.equal(typeof point?.value === 'object' ? point.value.count : undefined, 5);
});

test('the last values of a registry with many series are forwarded', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const { service, get } = await startApp(t, {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    ...PATIENT,
  });
  await get('/many');
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  for (let metric = 0; metric < 20; metric++) {
    const points = receiver.latest(`shop_many_${metric}_total`)?.points ?? [];
    assert.equal(points.length, 1000, `${metric}`);
    assert.ok(points.every(({ value: count }) => count === 3));
  }
});

test('it is told when the end came before all values were read', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const { service, get } = await startApp(t, {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    PITOT_FLUSH_TIMEOUT: '2',
  });
  await get('/many');
  assert.deepEqual(await service.ended(), { code: 3, signal: null });
  assert.match(
    service.stderr,
    /^pitot: warning: the process ended before .* Raise PITOT_FLUSH_TIMEOUT: .*\.$/m,
  );
});

test('where pitot was not started the bridge says so once, and where boot() comes later it serves', async (t) => {
  const program = 'test/app/prom-client/fixtures/bridge-without-pitot.mjs';
  const [without, late, off] = await Promise.all([
    startService(t, { nodeArgs: [], args: [program] }),
    startService(t, { nodeArgs: [], args: [program, 'boot'] }),
    startService(t, { args: [program], env: { OTEL_SDK_DISABLED: 'true' } }),
  ]);
  assert.equal(value((await late.scrape()).samples, 'answer'), 42);
  await until(() => (without.stderr === '' ? undefined : true), { what: 'the warning' });
  assert.match(
    without.stderr,
    /^pitot: warning: bridgePromClient\(\) was called, but pitot does not run .* `node --import pitot\/instrumentation`, or call boot\(\)\.\n$/,
  );
  assert.doesNotMatch(late.stderr, /warning/);
  assert.equal(off.stderr, '');
});
