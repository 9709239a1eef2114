import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { startOtlpReceiver } from './otlp-receiver.ts';

process.env.OTEL_EXPORTER_OTLP_COMPRESSION = 'gzip';

describe('what the official exporters send is read back as it was recorded', () => {
  for (const [encoding, Exporter] of [
    ['protobuf', ProtobufExporter],
    ['json', JsonExporter],
  ] as const) {
    test(encoding, async (t) => {
      const receiver = await startOtlpReceiver(t);
      const exporter = new Exporter({
        url: `${receiver.url}/v1/metrics`,
        headers: { authorization: 'Bearer abc' },
      });
      const provider = new MeterProvider({
        resource: resourceFromAttributes({ 'service.name': 'shop' }),
        views: [{ instrumentName: 'spread', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
        readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
      });
      const meter = provider.getMeter('carts', '1.2.3');
      const before = BigInt(Date.now()) * 1_000_000n;
      const counter = meter.createCounter('orders', { unit: '{order}', description: 'Orders placed.' });
      counter.add(2, { status: 200, paid: true, items: ['a', 'b'], ratio: 0.5 });
      counter.add(0.5, { status: '200' });
      meter.createGauge('level').record(-7);
      const histogram = meter.createHistogram('size', { advice: { explicitBucketBoundaries: [1, 10] } });
      histogram.record(10);
      histogram.record(11);
      const spread = meter.createHistogram('spread');
      for (const value of [0, 1, 4]) spread.record(value);
      await provider.shutdown();

      const orders = await receiver.receives('orders');
      const { points, ...metric } = orders;
      assert.deepEqual(metric, {
        resource: { 'service.name': 'shop' },
        scope: { name: 'carts', version: '1.2.3', attributes: {} },
        name: 'orders',
        description: 'Orders placed.',
        unit: '{order}',
        kind: 'sum',
        temporality: 'cumulative',
        monotonic: true,
      });
      assert.deepEqual(
        points.map(({ attributes, value }) => [attributes, value]),
        [
          [{ status: 200, paid: true, items: ['a', 'b'], ratio: 0.5 }, 2],
          [{ status: '200' }, 0.5],
        ],
      );
      for (const { startTime, time } of points) assert.ok(before <= startTime && startTime <= time);

      assert.equal(receiver.latest('level')?.kind, 'gauge');
      assert.equal(receiver.latest('level')?.points[0]?.value, -7);
      const size = { count: 2, sum: 21, min: 10, max: 11, bounds: [1, 10], buckets: [0, 1, 1] };
      assert.deepEqual(receiver.latest('size')?.points[0]?.value, size);
      assert.equal(receiver.latest('spread')?.kind, 'exponentialHistogram');
      assert.deepEqual(receiver.latest('spread')?.points[0]?.value, {
        count: 3,
        sum: 5,
        min: 0,
        max: 4,
        scale: 6,
        zeroCount: 1,
        zeroThreshold: 0,
        positive: { offset: -1, counts: [1, ...Array(127).fill(0), 1] },
        negative: { offset: 0, counts: [] },
      });
      assert.equal(receiver.latest('nothing'), undefined);
      assert.equal(receiver.requests[0]?.encoding, encoding);
      assert.equal(receiver.requests[0]?.headers.authorization, 'Bearer abc');
      assert.equal(receiver.requests[0]?.headers['content-encoding'], 'gzip');
    });
  }
});

test('anything but an OTLP request is refused, and waiting tests fail with the reason', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const send = async (path: string, type: string, body: string) =>
    (await fetch(receiver.url + path, { method: 'POST', headers: { 'content-type': type }, body })).status;
  assert.equal(await send('/v1/traces', 'application/json', '{}'), 404);
  assert.equal(await send('/v1/metrics', 'text/plain', '{}'), 415);
  assert.equal(await send('/v1/metrics', 'application/json', '{"resourceMetrics":['), 400);
  assert.equal(await send('/v1/metrics', 'application/x-protobuf', '\u000a\u007f'), 400);
  assert.equal(receiver.requests.length, 0);
  await assert.rejects(receiver.receives('orders'), /POST \/v1\/traces/);
});
