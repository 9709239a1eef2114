import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { PATIENT, startService } from '../harness/service.ts';

const SKIP = { skip: skipWithout('prometheus') };

/** A Prometheus that scrapes nothing, and the settings with which a service writes to it. */
async function startReceiver(t: TestContext) {
  const prometheus = await startPrometheus(t, {
    scrapeConfigs: [],
    features: ['exemplar-storage'],
    args: ['--web.enable-remote-write-receiver'],
  });
  const env = {
    PITOT_METRICS_EXPORTER: 'remote_write',
    PITOT_REMOTE_WRITE_URL: `${prometheus.url}/api/v1/write`,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '500',
    OTEL_SERVICE_NAME: 'import',
    OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.instance.id=a',
    ...PATIENT,
  };
  return { prometheus, env };
}

const TARGET = 'job="shop/import",instance="a"';

test(
  'Prometheus has what a job wrote to it over remote write 2.0, as if it had scraped it',
  SKIP,
  async (t) => {
    const { prometheus, env } = await startReceiver(t);
    const service = await startService(t, { args: ['test/stack/fixtures/job.mjs', '3', 'ends'], env });
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
    assert.doesNotMatch(service.stderr, /refuses|takes no metrics|rejected|could not be/);
    for (const [query, expected] of [
      [`last_over_time(rows_total{table="orders",${TARGET}}[5m])`, 3],
      [`last_over_time(batch_duration_seconds_bucket{le="1.0",${TARGET}}[5m])`, 0],
      [`last_over_time(batch_duration_seconds_bucket{le="10.0",${TARGET}}[5m])`, 1],
      [`last_over_time(batch_duration_seconds_bucket{le="+Inf",${TARGET}}[5m])`, 1],
      [`last_over_time(batch_duration_seconds_sum{${TARGET}}[5m])`, 2],
      [`last_over_time(batch_duration_seconds_count{${TARGET}}[5m])`, 1],
      [`count(last_over_time(target_info{${TARGET}}[5m]))`, 1],
      [`count(last_over_time({__name__=~"nodejs_.+",${TARGET}}[5m])) > bool 5`, 1],
    ] as const) {
      const found = await prometheus.query(query);
      assert.deepEqual(
        found.map(({ value }) => Number(value)),
        [expected],
        query,
      );
    }
  },
);

test('a series that ends, and a process that ends, are gone from Prometheus at once', SKIP, async (t) => {
  const { prometheus, env } = await startReceiver(t);
  const service = await startService(t, { args: ['test/stack/fixtures/ending-series.mjs'], env });
  const [, port] = await service.line(/listening on (\d+)/);
  await prometheus.queryUntil('jobs_waiting', (found) => found.length === 2);
  await fetch(`http://127.0.0.1:${port}`);
  const left = await prometheus.queryUntil('jobs_waiting', (found) => found.length === 1);
  assert.equal(left[0]?.labels.queue, 'mail');
  service.signal('SIGTERM');
  await service.ended();
  assert.deepEqual(await prometheus.query(`{${TARGET}}`), []);
  assert.equal((await prometheus.query('last_over_time(jobs_waiting[5m])')).length, 2);
});

test('Prometheus has native histograms and exemplars that were written to it', SKIP, async (t) => {
  const { prometheus, env } = await startReceiver(t);
  const service = await startService(t, { args: ['test/stack/fixtures/traced-app.mjs'], env });
  const [, port] = await service.line(/listening on (\d+)/);
  const values = [0.05, 0.5, 5, 50];
  const traces = values.map(() => randomBytes(16).toString('hex'));
  for (const [index, value] of values.entries()) {
    const traceparent = `00-${traces[index]}-${randomBytes(8).toString('hex')}-01`;
    await fetch(`http://127.0.0.1:${port}/${value}`, { headers: { traceparent } });
  }
  await prometheus.queryUntil('histogram_count(order_size_bytes)', ([found]) => found?.value === 4);
  const [sum] = await prometheus.query('histogram_sum(order_size_bytes)');
  assert.equal(sum?.value, 55.55);
  const [second] = await prometheus.query('histogram_quantile(0.4, order_size_bytes)');
  assert.ok((second?.value ?? 0) > 0.45 && (second?.value ?? 0) < 0.55, `${second?.value}`);
  assert.deepEqual(await prometheus.query('order_size_bytes_bucket'), []);
  for (const query of ['order_duration_seconds_bucket', 'order_size_bytes']) {
    const found = await prometheus.exemplars(query, values.length);
    assert.deepEqual(
      found.map(({ value, labels }) => [value, labels.trace_id]),
      values.map((value, index) => [value, traces[index]]),
    );
  }
  const [latest] = await prometheus.exemplars('orders_total');
  assert.ok(traces.includes(latest?.labels.trace_id ?? ''));
  assert.doesNotMatch(service.stderr, /refuses|takes no metrics|rejected/);
});
