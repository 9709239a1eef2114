import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Collector, startCollector } from '../harness/collector.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';

const SKIP = skipWithout('prometheus', 'pitot-collector');

function startSender(lifetime: Lifetime, { otlpHttp }: Collector) {
  return startService(lifetime, {
    args: ['test/stack/fixtures/names.mjs'],
    env: {
      OTEL_SERVICE_NAME: 'names',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${otlpHttp}`,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    },
  });
}

test('config.yaml serves exponential histograms to a Prometheus that asks for native ones', {
  skip: SKIP,
}, async (t) => {
  const collector = await startCollector(t);
  await startSender(t, collector);
  const prometheus = await startPrometheus(t, {
    histograms: 'native',
    scrapeConfigs: [
      {
        job_name: 'through-otel-collector',
        honor_labels: true,
        static_configs: [{ targets: [collector.exporter] }],
      },
    ],
  });
  const [count] = await prometheus.queryUntil('histogram_count(work_size_bytes{job="names"})');
  assert.equal(count?.value, 3);
  const [median] = await prometheus.query('histogram_quantile(0.5, work_size_bytes)');
  // Within the width of a bucket of three values over two powers of ten.
  assert.ok(Math.abs(Number(median?.value) / 10 - 1) < 0.05, `${median?.value}`);
  // To one that does not, it has no bounds to show.
  const text = await (await fetch(`http://${collector.exporter}/metrics`)).text();
  const bounds = [...text.matchAll(/^work_size_bytes_bucket\{.*le="([^"]*)"/gm)].map(([, bound]) => bound);
  assert.deepEqual(bounds, ['+Inf']);
});

test("otlp.yaml sends to Prometheus' own OTLP receiver", { skip: SKIP }, async (t) => {
  const prometheus = await startPrometheus(t, {
    scrapeConfigs: [],
    args: ['--web.enable-otlp-receiver'],
    config: { storage: { tsdb: { out_of_order_time_window: '30m' } } },
  });
  const collector = await startCollector(t, {
    overlay: 'otlp',
    env: { OTLP_METRICS_ENDPOINT: `${prometheus.url}/api/v1/otlp/v1/metrics` },
  });
  await startSender(t, collector);
  const [orders] = await prometheus.queryUntil('orders_placed_total{job="names"}', undefined, 30_000);
  assert.equal(orders?.value, 3);
  const [count] = await prometheus.queryUntil('histogram_count(work_size_bytes{job="names"})');
  assert.equal(count?.value, 3);
});
