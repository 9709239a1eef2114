import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { value } from '../harness/samples.ts';
import { PATIENT, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

test("exporters of other packages run in the hub's thread, and one that misbehaves hurts no one", async (t) => {
  const receiver = await startOtlpReceiver(t);
  const service = await startService(t, {
    nodeArgs: [],
    args: ['test/e2e/fixtures/other-exporters.mjs'],
    env: {
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_METRIC_EXPORT_TIMEOUT: '1000',
      ...PATIENT,
      RECEIVER: `${receiver.url}/v1/metrics`,
    },
  });
  await receiver.receives('orders', ({ points }) => points[0]?.value === 3, 60_000);
  await service.line(/name: 'orders'/);
  const exported = { otel_component_type: 'OTLPMetricExporter', error_type: '' };
  await until(
    async () => {
      const { samples } = await service.scrape();
      assert.equal(value(samples, 'orders_total'), 3);
      return value(samples, 'otel_sdk_exporter_metric_data_point_exported_total', exported) > 0 || undefined;
    },
    { what: 'a counted export' },
  );
  const requests = receiver.requests.length;
  service.signal('SIGTERM');
  assert.deepEqual(await service.ended(), { code: null, signal: 'SIGTERM' });
  assert.ok(receiver.requests.length > requests, 'the last values are sent at the end');
  for (const reason of ['a timer fails', 'a promise fails']) {
    const told = service.stderr.split('\n').filter((line) => line.includes(reason));
    assert.equal(told.length, 1, service.stderr);
  }
  assert.match(service.stderr, /exporter @nowhere\/exporter#default cannot be used: .* install it/);
  assert.match(service.stderr, /exporter-metrics-otlp-proto#OTLPMetricExporter and .* every 1 s/);
  assert.doesNotMatch(service.stderr, /nothing is measured|starts again/);
});
