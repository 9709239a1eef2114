import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parseExposition } from '../harness/exposition.ts';
import { freePort } from '../harness/free-port.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { value } from '../harness/samples.ts';
import { DOOR, PATIENT, REPOSITORY, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';

/** Starts pitot as a file of the application's own does. */
const BOOTS = "import('./src/index.ts').then(({ boot }) => { boot(); boot(); console.log('ran'); })";

test('instruments made before or after boot work, boot twice is once, and shutdown closes the endpoint', async (t) => {
  const service = await startService(t, { nodeArgs: [], args: ['test/e2e/fixtures/early.mjs'] });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.match(service.stdout, /^before_total\{otel_scope_name="early"\} 3$/m);
  assert.match(service.stdout, /^after_total\{otel_scope_name="early"\} 4$/m);
  assert.match(service.stdout, /^bound_total\{a="b",otel_scope_name="early"\} 8$/m);
  assert.match(service.stdout, /^target_info\{.*service_name="early-bird"/m);
  assert.match(service.stdout, /^refused: true$/m);
  assert.equal(service.stderr.match(/early-bird/g)?.length, 1);
});

test('one start-up line names the service, the endpoint, the sources and the receiver', async (t) => {
  const service = await startService(t, {
    args: ['-e', 'setTimeout(() => {}, 60_000)'],
    env: { OTEL_SERVICE_NAME: 'orders', OTEL_METRICS_EXPORTER: 'prometheus,otlp' },
  });
  const endpoint = await service.endpoint();
  const line = `pitot: orders · ${endpoint.href} · measures HTTP, database drivers, RPC, GraphQL, messaging, errors, runtime, host · OTLP http/protobuf → http://localhost:4318/v1/metrics every 60 s\n`;
  assert.equal(service.stderr, line);
});

for (const way of ['the door', 'boot()']) {
  test(`a runtime that is too old gets one line, and the application runs unmeasured: ${way}`, async (t) => {
    const old = "Object.defineProperty(process.versions, 'node', { value: '22.14.9' })";
    const service = await startService(t, {
      nodeArgs: [
        '--import',
        `data:text/javascript,${encodeURIComponent(old)}`,
        ...(way === 'the door' ? DOOR : []),
      ],
      args: ['-e', way === 'the door' ? 'console.log("ran")' : BOOTS],
    });
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
    assert.equal(service.stdout, 'ran\n');
    assert.equal(
      service.stderr,
      'pitot: needs Node.js 22.15 or later and this is 22.14.9; the application runs unmeasured.\n',
    );
  });
}

test('a package manager that has pitot from NODE_OPTIONS is not measured, what it starts is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-launcher-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const app = join(folder, 'app.mjs');
  await writeFile(
    app,
    `import { execFileSync } from 'node:child_process';
    import { basename } from 'node:path';
    import { boot } from '${pathToFileURL(join(REPOSITORY, 'src/index.ts')).href}';
    const endpoint = await boot().ready();
    console.log(basename(process.argv[1]), endpoint === undefined ? 'is not measured' : 'is measured');
    if (process.argv[1] !== import.meta.filename) execFileSync(process.execPath, [import.meta.filename], { stdio: 'inherit' });`,
  );
  await symlink(app, join(folder, 'npm'));
  const service = await startService(t, {
    nodeArgs: [],
    args: [join(folder, 'npm')],
    env: { NODE_OPTIONS: DOOR.join(' ') },
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(service.stdout, 'npm is not measured\napp.mjs is measured\n');
});

test('/metrics/cardinality tells the largest instruments and their most varied attributes', async (t) => {
  const app = `
    const { metrics } = require('@opentelemetry/api');
    const counter = metrics.getMeter('app').createCounter('orders');
    for (let i = 0; i < 40; i++) counter.add(1, { id: i, kind: 'x' });
    setTimeout(() => {}, 60_000);
  `;
  const service = await startService(t, { args: ['-e', app] });
  const url = `${(await service.endpoint()).href}/cardinality`;
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(await response.text(), /orders.*40/);
  const report = (await (await fetch(`${url}.json`)).json()) as {
    largest: { name: string; series: number }[];
  };
  const [orders] = report.largest.filter(({ name }) => name === 'orders');
  assert.equal(orders?.series, 40);
});

test('pitot keeps no process alive', async (t) => {
  const service = await startService(t, { args: ['-e', '0'], env: { OTEL_METRICS_EXPORTER: 'prometheus' } });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
});

test('NODE_OPTIONS starts it as well, once', async (t) => {
  const service = await startService(t, {
    nodeArgs: [],
    args: ['-e', 'setTimeout(() => {}, 60_000)'],
    env: { NODE_OPTIONS: '--import ./src/instrumentation.ts', OTEL_SERVICE_NAME: 'by-options' },
  });
  assert.equal(value((await service.scrape()).samples, 'target_info'), 1);
  assert.equal(service.stderr.match(/by-options/g)?.length, 1);
});

test('options that come when pitot is running take effect where they can, without a lost count', async (t) => {
  const port = await freePort();
  const program = `import('./src/index.ts').then(async ({ boot, getMeter }) => {
    const orders = getMeter('shop').createCounter('orders');
    orders.add(1);
    await boot().ready();
    orders.add(2);
    const { url } = await boot({ serviceName: 'late', resourceAttributes: { team: 'red' }, port: ${port} }).ready();
    orders.add(4);
    console.log('ready at ' + url);
    setInterval(() => {}, 1000);
  })`;
  const service = await startService(t, { args: ['-e', program] });
  await service.line(new RegExp(`^ready at http://localhost:${port}/metrics$`));
  await service.line(new RegExp(`^pitot: late · http://localhost:${port}/metrics`));
  const { samples } = parseExposition(await (await fetch(`http://localhost:${port}/metrics`)).text());
  assert.equal(value(samples, 'orders_total'), 7);
  assert.equal(value(samples, 'target_info', { service_name: 'late', team: 'red' }), 1);
  assert.doesNotMatch(service.stderr, /pitot: (warning|error)/);
});

test('an exporter that comes when pitot is running forwards all counts at the end', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const program = `import('./src/index.ts').then(async ({ boot, getMeter }) => {
    getMeter('shop').createCounter('orders').add(3);
    await boot().ready();
    await boot({ exporters: ['otlp'], otlpEndpoint: '${receiver.url}/v1/metrics' }).ready();
  })`;
  const service = await startService(t, { args: ['-e', program], env: PATIENT });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.equal(receiver.latest('orders')?.points[0]?.value, 3);
});

test('options that come too late get one line, and those that change nothing get none', async (t) => {
  const program = `import('./src/index.ts').then(async ({ boot }) => {
    await boot().ready();
    boot({ serviceName: 'shop', http: 'native' });
    boot({ seriesLimit: 7, http: 'off' });
    process.exit();
  })`;
  const env = { OTEL_LOG_LEVEL: 'WARN', OTEL_SERVICE_NAME: 'shop' };
  const service = await startService(t, { args: ['-e', program], env });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.match(
    service.stderr,
    /^pitot: warning: boot\(\) was given options \(seriesLimit, http\) .*environment.*\n$/,
  );
});

test('OTEL_SDK_DISABLED leaves the application as it is', async (t) => {
  const service = await startService(t, {
    args: ['-e', 'console.log("ran")'],
    env: { OTEL_SDK_DISABLED: 'true' },
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  assert.deepEqual([service.stdout, service.stderr], ['ran\n', '']);
});

test('a port in use is one error that names the port and the setting, and the application runs on', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const address = other.address();
  assert.ok(typeof address === 'object' && address !== null);
  const service = await startService(t, {
    args: ['-e', `setInterval(() => console.log('running at', performance.now()), 100)`],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: String(address.port) },
  });
  const [error] = await service.line(/^pitot: error.*$/);
  assert.match(error, new RegExp(`${address.port}.*OTEL_EXPORTER_PROMETHEUS_PORT`));
  const lines = service.stdout.split('\n').length;
  await until(() => service.stdout.split('\n').length > lines, { what: 'a running application' });
  assert.equal(service.stderr.match(/pitot: error/g)?.length, 1, service.stderr);
});

test('unusable settings are reported together, and the defaults are used', async (t) => {
  const service = await startService(t, {
    args: ['-e', 'setTimeout(() => {}, 60_000)'],
    env: { PITOT_FLUSH_TIMEOUT: 'soon', OTEL_METRIC_EXPORT_INTERVAL: '-1' },
  });
  await service.scrape();
  assert.match(service.stderr, /PITOT_FLUSH_TIMEOUT.*"soon"/);
  assert.match(service.stderr, /OTEL_METRIC_EXPORT_INTERVAL.*"-1"/);
});
