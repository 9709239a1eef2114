import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { value } from '../harness/samples.ts';
import { startService } from '../harness/service.ts';

test('a preference for exponential histograms holds for those without boundaries, which text has as classic ones', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    args: ['test/e2e/fixtures/histograms.mjs'],
    env: {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
      OTEL_METRIC_EXPORT_TIMEOUT: '200',
    },
  });
  assert.equal((await receiver.receives('plain')).kind, 'exponentialHistogram');
  assert.equal((await receiver.receives('chosen')).kind, 'histogram');
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'plain_bucket', { le: '+Inf' }), 1);
  assert.equal(value(samples, 'plain_sum'), 3);
  assert.equal(value(samples, 'chosen_bucket', { le: '5' }), 1);
});
