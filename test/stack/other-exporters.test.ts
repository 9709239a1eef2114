import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCollector } from '../harness/collector.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { skipWithout } from '../harness/programs.ts';
import { PATIENT, startService } from '../harness/service.ts';

test('a real Collector takes what the official OTLP exporter sends from the hub, and sends it on', {
  skip: skipWithout('pitot-collector'),
}, async (t) => {
  const receiver = await startOtlpReceiver(t);
  const collector = await startCollector(t, {
    overlay: 'otlp',
    env: { OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics` },
  });
  const service = await startService(t, {
    nodeArgs: [],
    args: ['test/e2e/fixtures/other-exporters.mjs'],
    env: { RECEIVER: `http://${collector.otlpHttp}/v1/metrics`, ...PATIENT },
  });
  await service.endpoint();
  service.signal('SIGTERM');
  assert.deepEqual(await service.ended(), { code: null, signal: 'SIGTERM' });
  const orders = await receiver.receives('orders', () => true, 60_000);
  assert.deepEqual([orders.temporality, orders.points[0]?.value], ['cumulative', 3]);
});
