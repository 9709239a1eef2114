import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { startGrpcReceiver } from '../hub/forward/helpers/grpc-receiver.ts';

/** Where to forward to, and what has come there. */
async function startReceiver(t: TestContext, protocol: string) {
  if (protocol !== 'grpc') {
    const { url, requests } = await startOtlpReceiver(t);
    return { url, requests };
  }
  const { target, requests } = await startGrpcReceiver(t);
  return { url: `http://${target}`, requests };
}

/** One for each bucket of the program's histogram, and a trace for each. */
const REQUESTS = [0.05, 0.5, 5, 50].map((value) => ({ value, trace: randomBytes(16).toString('hex') }));

for (const protocol of ['http/protobuf', 'http/json', 'grpc']) {
  test(`exemplars and exponential buckets of a traced service reach a receiver by ${protocol}`, async (t) => {
    const { url, requests } = await startReceiver(t, protocol);
    const service = await startService(t, {
      args: ['test/stack/fixtures/traced-app.mjs'],
      env: {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_METRIC_EXPORT_TIMEOUT: '200',
      },
    });
    const [, port] = await service.line(/listening on (\d+)/);
    for (const { value, trace } of REQUESTS) {
      const traceparent = `00-${trace}-${randomBytes(8).toString('hex')}-01`;
      await fetch(`http://127.0.0.1:${port}/${value}`, { headers: { traceparent } });
    }
    const latest = (name: string) =>
      requests.flatMap(({ metrics }) => metrics).findLast((metric) => metric.name === name);
    const exemplarsOf = (name: string) => latest(name)?.points.flatMap(({ exemplars }) => exemplars);
    const found = await until(
      () => {
        const exemplars = exemplarsOf('order.duration') ?? [];
        return exemplars.length === REQUESTS.length ? exemplars : undefined;
      },
      { what: 'an exemplar for each request' },
    );
    assert.deepEqual(
      found.map(({ value, traceId }) => ({ value, trace: traceId })),
      REQUESTS,
    );
    for (const { spanId, filteredAttributes } of found) {
      assert.match(spanId, /^[0-9a-f]{16}$/);
      assert.deepEqual(filteredAttributes, {});
    }
    const [order, ...others] = exemplarsOf('orders') ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([order?.value, order?.traceId], [1, REQUESTS.at(-1)?.trace]);
    assert.equal(latest('order.size')?.kind, 'exponentialHistogram');
    const traces = new Map(REQUESTS.map(({ value, trace }) => [value, trace]));
    const bySize = exemplarsOf('order.size') ?? [];
    assert.ok(bySize.length > 1);
    for (const { value, traceId } of bySize) assert.equal(traceId, traces.get(value));
  });
}
