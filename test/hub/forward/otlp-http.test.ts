import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { decodeOtlpMetrics, type OtlpMetric } from '../../harness/otlp-decoding.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { collectErrors, configOf, exportOneCounter, MUTUAL_TLS, receiverTls } from './helpers/forwarding.ts';

for (const [otlpProtocol, encoding] of [
  ['http/protobuf', 'protobuf'],
  ['http/json', 'json'],
] as const) {
  for (const otlpCompression of ['none', 'gzip'] as const) {
    test(`${otlpProtocol} reaches the endpoint with its headers, compression ${otlpCompression}`, async (t) => {
      const receiver = await startOtlpReceiver(t);
      const [exporter, ...others] = await createForwarders(
        configOf({
          exporters: ['prometheus', 'otlp'],
          otlpProtocol,
          otlpCompression,
          otlpEndpoint: `${receiver.url}/v1/metrics`,
          otlpHeaders: { Authorization: 'Bearer abc', 'x-tenant': '7' },
        }),
      );
      assert.ok(exporter);
      assert.deepEqual(others, []);
      await exportOneCounter(exporter);

      assert.equal(receiver.requests.length, 1);
      const [request] = receiver.requests;
      assert.equal(request?.encoding, encoding);
      assert.equal(request?.headers['content-encoding'], otlpCompression === 'gzip' ? 'gzip' : undefined);
      assert.equal(request?.headers.authorization, 'Bearer abc');
      assert.equal(request?.headers['x-tenant'], '7');
      assert.match(request?.headers['user-agent'] ?? '', /^pitot\/\d+\.\d+\.\d+ OTLP-Exporter-JavaScript$/);
      assert.equal(receiver.latest('jobs')?.points[0]?.value, 3);
    });
  }
}

test('an endpoint with user name and password sends them', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const otlpEndpoint = `${receiver.url.replace('//', '//user:pass@')}/v1/metrics`;
  const [exporter] = await createForwarders(configOf({ exporters: ['otlp'], otlpEndpoint }));
  assert.ok(exporter);
  await exportOneCounter(exporter);
  assert.equal(receiver.requests[0]?.headers.authorization, `Basic ${btoa('user:pass')}`);
});

test('https verifies the receiver with the given certificate and presents the client certificate', async (t) => {
  const received: OtlpMetric[] = [];
  const server = createServer(receiverTls(), async (request, response) => {
    received.push(...decodeOtlpMetrics(await buffer(request), 'protobuf'));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const otlpEndpoint = `https://127.0.0.1:${port}/v1/metrics`;

  const [exporter] = await createForwarders(configOf({ exporters: ['otlp'], otlpEndpoint, ...MUTUAL_TLS }));
  assert.ok(exporter);
  await exportOneCounter(exporter);
  assert.deepEqual(
    received.map(({ name }) => name),
    ['jobs'],
  );

  collectErrors(t);
  const [untrusting] = await createForwarders(configOf({ exporters: ['otlp'], otlpEndpoint }));
  assert.ok(untrusting);
  await assert.rejects(exportOneCounter(untrusting), /unable to verify|self-signed|issuer certificate/);
});

test('a timeout of 0 means no limit', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const [exporter] = await createForwarders(
    configOf({ exporters: ['otlp'], otlpEndpoint: `${receiver.url}/v1/metrics`, otlpTimeout: 0 }),
  );
  assert.ok(exporter);
  await exportOneCounter(exporter);
  assert.equal(receiver.requests.length, 1);
});

test('the exporter uses the temporality of the settings', async () => {
  const asked = async (temporality: 'cumulative' | 'delta' | 'lowmemory') => {
    const [forwarder] = await createForwarders(configOf({ exporters: ['otlp'], temporality }));
    return [InstrumentType.COUNTER, InstrumentType.OBSERVABLE_COUNTER, InstrumentType.UP_DOWN_COUNTER].map(
      (instrument) => forwarder?.selectTemporality(instrument),
    );
  };
  const { CUMULATIVE, DELTA } = AggregationTemporality;
  assert.deepEqual(await asked('cumulative'), [CUMULATIVE, CUMULATIVE, CUMULATIVE]);
  assert.deepEqual(await asked('delta'), [DELTA, DELTA, CUMULATIVE]);
  assert.deepEqual(await asked('lowmemory'), [DELTA, CUMULATIVE, CUMULATIVE]);
});

test('gRPC is loaded only if it is chosen', () => {
  const { cache } = createRequire(import.meta.url);
  assert.deepEqual(
    Object.keys(cache).filter((path) => path.includes('@grpc')),
    [],
  );
});
