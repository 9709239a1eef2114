import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { jsonSerializer } from '../../src/hub/forward/otlp-serializer/json.ts';
import { protobufSerializer } from '../../src/hub/forward/otlp-serializer/protobuf.ts';
import { type Collector, startCollector } from '../harness/collector.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { decodeOtlpRequest, rawPointsOf } from '../harness/otlp-decoding.ts';
import type { RawRequest } from '../harness/otlp-messages.ts';
import { skipWithout } from '../harness/programs.ts';
import { until } from '../harness/until.ts';
import { otlpMetrics } from '../hub/forward/helpers/otlp-arbitraries.ts';

const FORMATS = [
  { format: 'protobuf', type: 'application/x-protobuf', serializer: protobufSerializer },
  { format: 'JSON', type: 'application/json', serializer: jsonSerializer },
] as const;

type RawResource = RawRequest['resourceMetrics'][number];

function hasPoints({ scopeMetrics }: RawResource): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some((metric) => rawPointsOf(metric).length > 0));
}

describe('a real Collector reads', { skip: skipWithout('pitot-collector') }, () => {
  const lifetime = lifetimeOfSuite();
  /** The requests that the Collector has read, written anew and sent on. */
  const received: RawResource[] = [];
  let collector: Collector;

  before(async () => {
    const server = createServer(async (request, response) => {
      const body = gunzipSync(await buffer(request));
      received.push(...decodeOtlpRequest(body, 'protobuf').resourceMetrics);
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    lifetime.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const env = { OTLP_METRICS_ENDPOINT: `http://127.0.0.1:${port}/v1/metrics` };
    collector = await startCollector(lifetime, { overlay: 'otlp', env });
  });

  for (const { format, type, serializer } of FORMATS) {
    test(`whatever is sent to it in ${format} as it was meant, exemplars among it`, async () => {
      received.length = 0;
      const expected: RawResource[] = [];
      for (const metrics of fc.sample(otlpMetrics, { numRuns: 100, seed: 1 })) {
        const body = protobufSerializer.serializeRequest(metrics) ?? new Uint8Array();
        const { resourceMetrics } = decodeOtlpRequest(Buffer.from(body), 'protobuf');
        // It sends nothing on for metrics without points.
        if (!resourceMetrics.some(hasPoints)) continue;
        expected.push(...resourceMetrics);
        const response = await fetch(`http://${collector.otlpHttp}/v1/metrics`, {
          method: 'POST',
          headers: { 'content-type': type },
          body: Buffer.from(serializer.serializeRequest(metrics) ?? []),
        });
        assert.equal(response.status, 200, await response.text());
      }
      assert.ok(expected.length > 30);
      await until(() => (received.length >= expected.length ? received : undefined), {
        what: `${expected.length} resources`,
        instead: () => `${received.length} came`,
      });
      assert.deepEqual(received, expected);
    });
  }
});
