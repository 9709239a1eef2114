import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import type { Forwarder } from '../../../src/hub/forward/forwarder.ts';
import { createForwarders } from '../../../src/hub/forward/forwarders.ts';
import { PATIENT, startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';
import { configOf, exportOneCounter, MUTUAL_TLS, receiverTls } from './helpers/forwarding.ts';
import { startGrpcReceiver } from './helpers/grpc-receiver.ts';
import { startHttpReceiver } from './helpers/http-receiver.ts';
import { startProxy } from './helpers/proxy.ts';

const VARIABLES = [
  ...(['NODE_USE_ENV_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const),
  ...(['http_proxy', 'https_proxy', 'no_proxy', 'grpc_proxy', 'no_grpc_proxy'] as const),
];
const BEFORE = VARIABLES.map((name) => [name, process.env[name]] as const);

function set(values: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of values) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Sets these variables, and no other that is about proxies, until the test ends. */
function environment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  set(VARIABLES.map((name) => [name, variables[name]]));
  t.after(() => set(BEFORE));
}

async function forwarderOf(options: SettingOptions): Promise<Forwarder> {
  const [forwarder] = await createForwarders(configOf(options));
  assert.ok(forwarder);
  return forwarder;
}

async function toReceivers(t: TestContext) {
  const { url, requests } = await startHttpReceiver(t);
  const gateway = url.replace(/\/v1.*/, '');
  const otlp = { exporters: ['otlp'], otlpEndpoint: url } as const;
  const others = [
    { exporters: ['pushgateway'], pushgatewayUrl: gateway, pushgatewayGrouping: { job: 'j' } },
    { exporters: ['remote_write'], remoteWriteUrl: `${gateway}/write` },
  ] as const;
  return { otlp, others, url, gateway, requests };
}

test('OTLP, a Pushgateway and remote write go through the proxy of the environment where Node.js is told to use it', async (t) => {
  const { otlp, others, url, gateway } = await toReceivers(t);
  const proxy = await startProxy(t, 'target', 'user:secret@');
  environment(t, { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url });
  await exportOneCounter(await forwarderOf(otlp));
  // The receiver reads OTLP alone; that the others ask the proxy is enough.
  for (const options of others) {
    const forwarder = await forwarderOf(options);
    void forwarder.attempt(new Uint8Array(), 10_000);
    t.after(() => forwarder.close?.());
  }
  await until(() => (proxy.requests.length === 3 ? true : undefined), { what: 'three requests' });
  assert.deepEqual(proxy.requests.toSorted(), [
    `POST ${url}`,
    `POST ${gateway}/write`,
    `PUT ${gateway}/metrics/job/j`,
  ]);
  assert.equal(proxy.credentials[0], `Basic ${btoa('user:secret')}`);
});

test('a TLS receiver is reached through a tunnel, and its certificate is verified', async (t) => {
  const receiver = createServer(receiverTls(), (_, response) => response.end());
  receiver.listen(0, 'localhost');
  await once(receiver, 'listening');
  t.after(() => receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const proxy = await startProxy(t);
  environment(t, { NODE_USE_ENV_PROXY: '1', https_proxy: proxy.url });
  const forwarder = await forwarderOf({
    exporters: ['otlp'],
    otlpEndpoint: `https://localhost:${port}/v1/metrics`,
    ...MUTUAL_TLS,
  });
  await exportOneCounter(forwarder);
  assert.deepEqual(proxy.requests, [`CONNECT localhost:${port}`]);
});

test('a receiver in NO_PROXY is reached directly, and every receiver where Node.js is not told to use a proxy', async (t) => {
  const { otlp, requests } = await toReceivers(t);
  const proxy = await startProxy(t);
  const variables = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  environment(t, { ...variables, NODE_USE_ENV_PROXY: '1', NO_PROXY: 'example.test,127.0.0.1' });
  await exportOneCounter(await forwarderOf(otlp));
  environment(t, variables);
  await exportOneCounter(await forwarderOf(otlp));
  assert.equal(requests.length, 2);
  assert.deepEqual(proxy.requests, []);
});

for (const answer of ['silence', 'silent tunnel', 'refusal'] as const) {
  test(`a proxy that answers with a ${answer} is a failure to try again, and leaves no connection open`, async (t) => {
    const proxy = await startProxy(t, answer, 'user:secret@');
    environment(t, { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url });
    const forwarder = await forwarderOf({ exporters: ['otlp'], otlpEndpoint: 'https://example.test/v1' });
    t.after(() => forwarder.close?.());
    for (let i = 0; i < 3; i++) {
      const failure = await forwarder.attempt(new Uint8Array(), 200);
      assert.ok(failure.outcome === 'retryable');
      assert.doesNotMatch(failure.reason, /secret/);
    }
    assert.equal(proxy.requests.length, 3);
    await until(() => (proxy.open === 0 ? true : undefined), { what: 'all connections to be closed' });
  });
}

test('gRPC goes through the proxy of http_proxy, and past it to a receiver in no_proxy', async (t) => {
  const receiver = await startGrpcReceiver(t);
  const proxy = await startProxy(t);
  const options = {
    exporters: ['otlp'],
    otlpProtocol: 'grpc',
    otlpEndpoint: `http://${receiver.target}`,
  } as const;
  environment(t, { http_proxy: proxy.url });
  await exportOneCounter(await forwarderOf(options));
  assert.deepEqual(proxy.requests, [`CONNECT ${receiver.target}`]);
  environment(t, { http_proxy: proxy.url, no_proxy: 'localhost' });
  await exportOneCounter(await forwarderOf(options));
  assert.equal(receiver.requests.length, 2);
  assert.equal(proxy.requests.length, 1);
});

for (const [how, given] of [
  ['the variable', { env: { NODE_USE_ENV_PROXY: '1' } }],
  ['the option', { nodeArgs: ['--use-env-proxy'] }],
  ['the option in NODE_OPTIONS', { env: { NODE_OPTIONS: '--use-env-proxy' } }],
] as const) {
  test(`a service forwards through the proxy by ${how}`, async (t) => {
    const { url, requests } = await startHttpReceiver(t);
    const proxy = await startProxy(t);
    const service = await startService(t, {
      nodeArgs: [...('nodeArgs' in given ? given.nodeArgs : []), '--import', './src/instrumentation.ts'],
      args: ['-e', ''],
      env: {
        ...('env' in given ? given.env : {}),
        http_proxy: proxy.url,
        no_proxy: '',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_NODE_ENABLED_INSTRUMENTATIONS: '',
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url,
        ...PATIENT,
      },
    });
    assert.deepEqual(await service.ended(30_000), { code: 0, signal: null });
    assert.ok(requests.length > 0, service.stderr);
    assert.equal(proxy.requests[0], `POST ${url}`);
  });
}
