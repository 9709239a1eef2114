import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { inherited, REPOSITORY } from '../harness/service.ts';

const DOOR = join(REPOSITORY, 'src/instrumentation.ts');

const YAML = `
file_format: "1.1"
resource:
  attributes: [{ name: service.name, value: declared }]
meter_provider:
  readers:
    - pull: { exporter: { prometheus/development: { port: 0, scope_info_enabled: false } } }
  views:
    - selector: { instrument_name: orders }
      stream: { name: shop.orders, attribute_keys: { excluded: [customer] } }
    - selector: { instrument_name: noise }
      stream: { aggregation: { drop: } }
    - selector: { instrument_name: http.server.request.duration }
      stream:
        aggregation: { explicit_bucket_histogram: { boundaries: [60] } }
        attribute_keys: { included: [http.request.method] }
    - selector: { instrument_name: http.server.active_requests }
      stream: { aggregation: { drop: } }
`;

/** Says when a module of the package for configuration files is loaded. */
const WATCH = `data:text/javascript,
  process.getBuiltinModule('node:module').registerHooks({ load(url, context, next) {
    if (url.includes('@opentelemetry/configuration')) console.log('loaded the schema');
    return next(url, context);
  } });`.replaceAll('\n', ' ');

const PROGRAM = `
  const { metrics } = globalThis[Symbol.for('opentelemetry.js.api.1')];
  const meter = metrics.getMeter('shop');
  meter.createCounter('orders').add(2, { customer: 'alice', country: 'DE' });
  meter.createCounter('noise').add(1);
  const server = require('node:http').createServer((request, response) => response.end());
  server.listen(0, '127.0.0.1', async () => {
    for (let i = 0; i < 3; i++) await fetch('http://127.0.0.1:' + server.address().port);
    console.log('asked');
  });`;

test('a service with a configuration file is what the file says', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-declared-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'otel.yaml');
  writeFileSync(file, YAML);
  const service = await startChild(t, process.execPath, {
    args: ['--import', WATCH, '--import', DOOR, '--eval', PROGRAM],
    env: { ...inherited(), OTEL_CONFIG_FILE: file, OTEL_SERVICE_NAME: 'ignored' },
  });
  const [, url = ''] = await service.line(/declared · (\S+)/);
  assert.match(service.stdout, /^loaded the schema$/m);
  await service.line(/^asked$/);
  const text = await (await fetch(url)).text();
  assert.match(text, /^shop_orders_total\{country="DE"\} 2$/m);
  assert.match(
    text,
    /^http_server_request_duration_seconds_bucket\{http_request_method="GET",le="60"\} 3\n.*le="\+Inf"\} 3$/m,
  );
  assert.doesNotMatch(text, /noise|otel_scope_name|http_server_active_requests/);
});

test('without such a file nothing of the schema is loaded', async (t) => {
  const service = await startChild(t, process.execPath, {
    args: ['--import', WATCH, '--import', DOOR, '--eval', PROGRAM],
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_SERVICE_NAME: 'plain' },
  });
  await service.line(/plain · (\S+)/);
  assert.doesNotMatch(service.stdout, /loaded the schema/);
});
