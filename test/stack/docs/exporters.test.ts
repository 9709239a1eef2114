import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../../harness/exposition.ts';
import { freePort } from '../../harness/free-port.ts';
import { folderOf, Guide, runCommand } from '../../harness/guide.ts';
import { value } from '../../harness/samples.ts';

const guide = new Guide('docs/exporters.md');

const COMMAND = guide.block('node --import ./instrumentation.mjs app.js');
const APP = `
  import { metrics } from '@opentelemetry/api';
  metrics.getMeter('shop').createCounter('orders').add(3);
  setInterval(() => {}, 1000);
`;
/** Stands for the vendor's package, which needs an account: prints what it gets. */
const VENDOR = `
  export class MetricExporter {
    constructor({ prefix }) { this.prefix = prefix; }
    export({ scopeMetrics }, done) {
      for (const { metrics } of scopeMetrics)
        for (const { descriptor, dataPoints } of metrics)
          console.log(this.prefix + '/' + descriptor.name, dataPoints[0].value);
      done({ code: 0 });
    }
    async forceFlush() {}
    async shutdown() {}
  }
`;
const EVERY_SECOND = { OTEL_METRIC_EXPORT_INTERVAL: '1000', OTEL_METRIC_EXPORT_TIMEOUT: '1000' };

test('the exporter of the guide is called with its options', async (t) => {
  const module = '@google-cloud/opentelemetry-cloud-monitoring-exporter';
  const cwd = await folderOf(t, {
    'app.js': APP,
    'vendor.mjs': VENDOR,
    'instrumentation.mjs': guide.block(module, { [module]: './vendor.mjs' }),
  });
  const service = await runCommand(t, COMMAND, { cwd, env: EVERY_SECOND });
  await service.line(/^custom\.googleapis\.com\/orders 3$/);
  assert.equal(value((await service.scrape()).samples, 'orders_total'), 3);
});

test('the module of the guide gives an exporter what plain data cannot', async (t) => {
  const cwd = await folderOf(t, {
    'app.js': APP,
    'exporter.mjs': guide.block('class extends ConsoleMetricExporter'),
    'instrumentation.mjs': `
      import { boot } from 'pitot';
      boot({ exporters: ['prometheus', { module: import.meta.resolve('./exporter.mjs') }] });
    `,
  });
  const service = await runCommand(t, COMMAND, { cwd, env: EVERY_SECOND });
  await service.line(/name: 'orders'/);
});

test('the official Prometheus exporter serves what pitot serves, at the port of the guide', async (t) => {
  const port = String(await freePort());
  const cwd = await folderOf(t, {
    'app.js': APP,
    'instrumentation.mjs': `
      import { boot } from 'pitot';
      ${guide.block('PrometheusExporter', { 9465: port })}
    `,
  });
  const service = await runCommand(t, COMMAND, { cwd });
  await service.endpoint();
  const theirs = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(value(parseExposition(await theirs.text()).samples, 'orders_total'), 3);
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, []);
});
