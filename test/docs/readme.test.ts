import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../harness/exposition.ts';
import { folderOf, Guide, LISTEN, runCommand } from '../harness/guide.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { value } from '../harness/samples.ts';

const readme = new Guide('README.md');
// .ci/run runs this, and test/stack/getting-started.test.ts the installation.
readme.block('npm ci && npm start');
readme.block('npm install pitot');

const START = readme.block('node --import pitot/instrumentation app.js');
const STAY = 'setInterval(() => {}, 1000);';

test('the metrics of the README are on the endpoint', async (t) => {
  const cwd = await folderOf(t, {
    'app.js': `import './orders.js'; import './hits.js'; import './instruments.js'; ${STAY}`,
    'orders.js': readme.block("getMeter('shop').createCounter('shop.orders'"),
    'hits.js': readme.block("createCounter('cache.hits')"),
    'instruments.js': `
      import { WebSocketServer } from 'ws';
      const webSocketServer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      const db = { all: async () => ['Ann'] };
      ${readme.block('websocket.server(webSocketServer);')}
      console.log('rows', rows);
    `,
  });
  const service = await runCommand(t, START, { cwd });
  await service.line(/^rows \[ 'Ann' \]$/);
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'shop_orders_total', { kind: 'express' }), 1);
  assert.equal(value(samples, 'cache_hits_total', { cache: 'prices' }), 1);
  const operation = { db_system_name: 'sqlite', db_operation_name: 'SELECT', db_collection_name: 'users' };
  assert.equal(value(samples, 'db_client_operation_duration_seconds_count', operation), 1);
});

test('the contract of the README is on the endpoint', async (t) => {
  const app = `${readme.block("defineMetrics('shop'")}${STAY}`;
  const service = await runCommand(t, START, { cwd: await folderOf(t, { 'app.js': app }) });
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'shop_orders_total', { kind: 'express' }), 1);
});

test('the instrumentation file of the README serves and forwards', async (t) => {
  const receiver = await startOtlpReceiver(t);
  const cwd = await folderOf(t, {
    'instrumentation.mjs': readme.block('boot({', { 9465: '0' }),
    'app.js': '',
  });
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  const service = await runCommand(t, 'exec node --import ./instrumentation.mjs app.js', { cwd, env });
  assert.equal((await service.ended()).code, 0);
  assert.ok((await service.endpoint()).port !== '9465');
  await service.line(/^pitot: shop · .*OTLP/);
  assert.ok(receiver.requests.length > 0);
});

test('the route of the README serves the metrics', async (t) => {
  const app = `
    import express from 'express';
    import { metricsHandler } from 'pitot';
    const app = express();
    ${readme.block("app.get('/metrics', metricsHandler());")}
    app.${LISTEN};
  `;
  const service = await runCommand(t, START, { cwd: await folderOf(t, { 'app.js': app }) });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const body = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.ok(value(parseExposition(body).samples, 'process_uptime_seconds') > 0);
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(readme.left, []);
});
