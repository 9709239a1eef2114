import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { collectErrors, configOf, exportOneCounter, MUTUAL_TLS, receiverTls } from './helpers/forwarding.ts';
import { startGrpcReceiver } from './helpers/grpc-receiver.ts';

for (const otlpCompression of ['none', 'gzip'] as const) {
  test(`grpc reaches the endpoint with its metadata, compression ${otlpCompression}`, async (t) => {
    const receiver = await startGrpcReceiver(t);
    const [exporter] = await createForwarders(
      configOf({
        exporters: ['otlp'],
        otlpProtocol: 'grpc',
        otlpEndpoint: `http://${receiver.target}`,
        otlpHeaders: { Authorization: 'Bearer abc' },
        otlpCompression,
      }),
    );
    assert.ok(exporter);
    await exportOneCounter(exporter);
    assert.equal(receiver.requests.length, 1);
    const [request] = receiver.requests;
    assert.equal(request?.headers.authorization, 'Bearer abc');
    assert.equal(request?.compressed, otlpCompression === 'gzip');
    assert.equal(request?.metrics[0]?.name, 'jobs');
    assert.equal(request?.metrics[0]?.points[0]?.value, 3);
  });
}

test('a target without a scheme is reached without TLS only if the settings say so', async (t) => {
  const plain = await startGrpcReceiver(t);
  const secure = await startGrpcReceiver(t, { tls: receiverTls() });
  const options = { exporters: ['otlp'], otlpProtocol: 'grpc', ...MUTUAL_TLS } as const;
  const [insecurely] = await createForwarders(
    configOf({ ...options, otlpEndpoint: plain.target, otlpInsecure: true }),
  );
  const [securely] = await createForwarders(configOf({ ...options, otlpEndpoint: secure.target }));
  assert.ok(insecurely && securely);
  await exportOneCounter(insecurely);
  await exportOneCounter(securely);
  assert.equal(plain.requests.length, 1);
  assert.equal(secure.requests.length, 1);
});

test('https verifies the receiver with the given certificate and presents the client certificate', async (t) => {
  const receiver = await startGrpcReceiver(t, { tls: receiverTls() });
  const [exporter] = await createForwarders(
    configOf({
      exporters: ['otlp'],
      otlpProtocol: 'grpc',
      otlpEndpoint: `https://${receiver.target}`,
      otlpInsecure: true,
      ...MUTUAL_TLS,
    }),
  );
  assert.ok(exporter);
  await exportOneCounter(exporter);
  assert.equal(receiver.requests.length, 1);
});

test('an invalid gRPC header is reported by its name alone, and nothing is forwarded', async (t) => {
  const errors = collectErrors(t);
  const forwarders = await createForwarders(
    configOf({ exporters: ['otlp'], otlpProtocol: 'grpc', otlpHeaders: { 'x-tenant': 'café' } }),
  );
  assert.deepEqual(forwarders, []);
  assert.deepEqual(errors, [
    'option otlpHeaders (OTEL_EXPORTER_OTLP_METRICS_HEADERS, OTEL_EXPORTER_OTLP_HEADERS) has a header "x-tenant" that gRPC cannot carry; nothing is forwarded to otlp',
  ]);
});
