import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';

test('Prometheus has what a job wrote to it over remote write 2.0, as if it had scraped it', {
  skip: skipWithout('prometheus'),
}, async (t) => {
  const prometheus = await startPrometheus(t, {
    scrapeConfigs: [],
    args: ['--web.enable-remote-write-receiver'],
  });
  const service = await startService(t, {
    args: ['test/stack/fixtures/job.mjs', '3', 'ends'],
    env: {
      PITOT_METRICS_EXPORTER: 'remote_write',
      PITOT_REMOTE_WRITE_URL: `${prometheus.url}/api/v1/write`,
      OTEL_SERVICE_NAME: 'import',
      OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=shop,service.instance.id=a',
      PITOT_FLUSH_TIMEOUT: '60000',
    },
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.doesNotMatch(service.stderr, /refuses|takes no metrics|rejected/);
  const target = 'job="shop/import",instance="a"';
  for (const [query, expected] of [
    [`rows_total{table="orders",${target}}`, 3],
    [`batch_duration_seconds_bucket{le="1.0",${target}}`, 0],
    [`batch_duration_seconds_bucket{le="10.0",${target}}`, 1],
    [`batch_duration_seconds_bucket{le="+Inf",${target}}`, 1],
    [`batch_duration_seconds_sum{${target}}`, 2],
    [`batch_duration_seconds_count{${target}}`, 1],
    [`count(target_info{${target}})`, 1],
    [`count({__name__=~"nodejs_.+",${target}}) > bool 5`, 1],
  ] as const) {
    const found = await prometheus.query(query);
    assert.deepEqual(
      found.map(({ value }) => Number(value)),
      [expected],
      query,
    );
  }
});
