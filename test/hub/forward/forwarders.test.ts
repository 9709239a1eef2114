import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { readConfig } from '../../../src/config/config.ts';
import { hubEnvironment } from '../../../src/config/hub-environment.ts';
import { createForwarders, describeForwarding } from '../../../src/hub/forward/forwarders.ts';
import { startChild } from '../../harness/child.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { certificate, collectErrors, configOf } from './helpers/forwarding.ts';

test('the start-up line says where and how often metrics are forwarded', () => {
  assert.equal(describeForwarding(configOf({})), '');
  assert.equal(describeForwarding(configOf({ exporters: ['none'] })), '');
  assert.equal(
    describeForwarding(configOf({ exporters: ['otlp'] })),
    'OTLP http/protobuf → http://localhost:4318/v1/metrics every 60 s',
  );
  const otlpEndpoint = 'https://user:secret@gateway.example/otlp?token=secret';
  assert.equal(
    describeForwarding(configOf({ exporters: ['console', 'otlp'], exportInterval: 1500, otlpEndpoint })),
    'OTLP http/protobuf → https://***@gateway.example/otlp?*** and standard output every 1500 ms',
  );
  assert.equal(
    describeForwarding(
      configOf({ exporters: ['otlp'], otlpProtocol: 'grpc', otlpEndpoint: 'me:secret@host:4317' }),
    ),
    'OTLP grpc → ***@host:4317 every 60 s',
  );
});

test('without a forwarding exporter nothing is forwarded', async () => {
  assert.deepEqual(await createForwarders(configOf({ exporters: ['prometheus'] })), []);
});

test('an unreadable file is reported once, and the other forwarders work', async (t) => {
  const errors = collectErrors(t);
  const forwarders = await createForwarders(
    configOf({ exporters: ['otlp', 'console'], otlpCertificate: '/nowhere/authority.pem' }),
  );
  assert.equal(forwarders.length, 1);
  assert.deepEqual(errors, [
    "option otlpCertificate (OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE, OTEL_EXPORTER_OTLP_CERTIFICATE) names /nowhere/authority.pem, which cannot be read (ENOENT: no such file or directory, open '/nowhere/authority.pem'); nothing is forwarded to otlp",
  ]);
});

test('files with other content than their settings require are reported', async (t) => {
  const errors = collectErrors(t);
  const readme = certificate('README.md');
  const key = certificate('client.key');
  const pem = certificate('client.pem');
  for (const options of [
    { otlpCertificate: readme },
    { otlpClientKey: key, otlpClientCertificate: readme },
    { otlpClientKey: certificate('receiver.key'), otlpClientCertificate: pem },
  ]) {
    assert.deepEqual(await createForwarders(configOf({ exporters: ['otlp'], ...options })), []);
  }
  assert.equal(errors.length, 3);
  assert.match(
    errors[0] ?? '',
    /^option otlpCertificate .* names .*README.md, which must be a certificate in PEM/,
  );
  assert.match(
    errors[1] ?? '',
    /^option otlpClientCertificate .* names .*README.md, which must be a certificate/,
  );
  assert.match(
    errors[2] ?? '',
    /^option otlpClientKey .* names .*receiver.key, which must be the private key of/,
  );
});

test('options take precedence over the environment in the forwarding thread', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-option=variable,x-variable=1,broken',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/authority.pem',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'cumulative',
  };
  const { config } = readConfig(
    {
      exporters: ['otlp'],
      otlpEndpoint: `${receiver.url}/v1/metrics`,
      otlpHeaders: { 'x-option': 'option' },
      otlpCompression: 'gzip',
      otlpCertificate: certificate('authority.pem'),
      temporality: 'delta',
    },
    env,
  );
  const worker = new Worker(new URL('./helpers/forward-once.ts', import.meta.url), {
    workerData: config,
    env: hubEnvironment(env),
  });
  await once(worker, 'exit');
  const [request] = receiver.requests;
  assert.equal(request?.headers['x-option'], 'option');
  assert.equal(request?.headers['x-variable'], undefined);
  assert.equal(request?.headers['content-encoding'], 'gzip');
  assert.equal(request?.metrics[0]?.temporality, 'delta');
});

test('standard output gets the last values while the application waits in its exit handler', async (t) => {
  const child = await startChild(t, process.execPath, {
    args: [`${import.meta.dirname}/helpers/print-at-exit.ts`],
  });
  assert.deepEqual(await child.ended(), { code: 3, signal: null });
  const names = child.stdout.match(/(?<=^ {4}name: ')jobs\.\d+/gm);
  assert.deepEqual(
    names,
    Array.from({ length: 1000 }, (_, i) => `jobs.${i}`),
  );
  assert.ok(child.stdout.length > 200_000, 'more than a pipe holds');
});
