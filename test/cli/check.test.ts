import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { startRecordingServer } from '../harness/recording-server.ts';
import { REPOSITORY, startService } from '../harness/service.ts';
import { pitot } from './helpers/pitot.ts';

const CERTIFICATES = join(import.meta.dirname, '../hub/forward/certificates');

/** So that a service of the machine's own does not decide the test. */
const ANY_PORT = { OTEL_EXPORTER_PROMETHEUS_PORT: '0' };

interface Report {
  readonly ok: boolean;
  readonly settings: readonly { readonly setting: string; readonly value: string; readonly source: string }[];
  readonly faults: readonly { readonly setting: string; readonly text: string }[];
  readonly warnings: readonly string[];
  readonly instrumentation?: string;
}

async function report(env: Record<string, string>): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await pitot(['check', '--json'], { env: { ...ANY_PORT, ...env } });
  assert.equal(stderr, '');
  return { code, ...(JSON.parse(stdout) as Report) };
}

async function listening(lifetime: Lifetime, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => void server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

test('settings that differ from their defaults are printed, and with --all the others too', async () => {
  const env = { ...ANY_PORT, OTEL_SERVICE_NAME: 'orders', OTEL_EXPORTER_OTLP_TIMEOUT: '5000' };
  for (const args of [['check'], ['check', '--all']]) {
    const { code, signal, stdout, stderr } = await pitot(args, { env });
    assert.deepEqual([code, signal, stderr], [0, null, '']);
    assert.match(stdout, /^ {2}OTEL_SERVICE_NAME +orders {2}\(environment\)$/m);
    assert.match(stdout, /^ {2}OTEL_EXPORTER_OTLP_TIMEOUT +5000 {2}\(environment\)$/m);
    assert.equal(/^ {2}PITOT_SERIES_LIMIT +2000 {2}\(default\)$/m.test(stdout), args.includes('--all'));
    assert.equal(
      /^\d+ settings have their defaults; --all prints them, too\.$/m.test(stdout),
      args.length === 1,
    );
    assert.match(stdout, /^Nothing is at fault\.$/m);
  }
});

test('no part of a secret is shown', async () => {
  const env = {
    ...ANY_PORT,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hush',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:hush@127.0.0.1:4318/?key=hush',
  };
  for (const args of [['check'], ['check', '--all'], ['check', '--json']]) {
    const { stdout, stderr } = await pitot(args, { env });
    assert.doesNotMatch(stdout + stderr, /hush|Bearer/);
    assert.match(stdout, /\*\*\*/);
  }
});

test('every fault is reported at once: settings, files, the port and the receiver', async (t) => {
  const taken = await listening(t, createServer());
  const closed = await freePort();
  const { code, ok, faults, settings } = await report({
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(taken),
    OTEL_METRICS_EXPORTER: 'prometheus,otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${closed}`,
    OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such.pem',
    OTEL_METRIC_EXPORT_INTERVAL: 'soon',
  });
  assert.deepEqual([code, ok], [1, false]);
  assert.deepEqual(
    faults.map(({ setting }) => setting),
    ['exportInterval', 'otlpCertificate', 'port', 'otlpEndpoint'],
  );
  const [interval, file, port, receiver] = faults.map(({ text }) => text);
  assert.match(interval ?? '', /^OTEL_METRIC_EXPORT_INTERVAL is "soon", but must be /);
  assert.match(
    file ?? '',
    /OTEL_EXPORTER_OTLP_CERTIFICATE names \/no\/such\.pem, which cannot be read: ENOENT/,
  );
  assert.equal(
    port,
    `cannot listen on 127.0.0.1:${taken}: the port is in use; see OTEL_EXPORTER_PROMETHEUS_PORT`,
  );
  assert.match(
    receiver ?? '',
    new RegExp(`no connection to http://127\\.0\\.0\\.1:${closed}/v1/metrics .*ECONNREFUSED`),
  );
  const chosen = settings.find(({ setting }) => setting === 'exporters');
  assert.deepEqual([chosen?.value, chosen?.source], ['prometheus, otlp', 'environment']);
});

test('a port that a process with pitot has is no fault: processes of one service share it', async (t) => {
  const port = await freePort();
  const env = { OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
  const service = await startService(t, { args: ['-e', 'setInterval(() => {}, 1000)'], env });
  await service.scrape();
  const { code, faults, warnings } = await report(env);
  assert.deepEqual([code, faults], [0, []]);
  assert.match(
    warnings[0] ?? '',
    new RegExp(`:${port} is served by process ${service.pid}\\. Another process `),
  );
});

test('without a port there is none to open', async () => {
  const { code, faults, settings } = await report({ OTEL_EXPORTER_PROMETHEUS_PORT: 'None' });
  assert.deepEqual([code, faults], [0, []]);
  assert.equal(settings.find(({ setting }) => setting === 'port')?.value, 'none');
});

test('as text, each fault is a line and the exit code is 1', async () => {
  const env = {
    ...ANY_PORT,
    PITOT_SERIES_LIMIT: '-1',
    OTEL_EXPORTER_PROMETHEUS_HOST: 'no.such.host.invalid',
  };
  const { code, stdout } = await pitot(['check'], { env });
  assert.equal(code, 1);
  const [, faults = ''] = stdout.split('At fault\n');
  assert.match(
    faults,
    /^ {2}PITOT_SERIES_LIMIT is "-1", but must be .*\n {2}cannot listen on no\.such\.host\.invalid:0: .*; see OTEL_EXPORTER_PROMETHEUS_HOST\n$/,
  );
});

test('a file that may not be read, and a directory, are faults', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-check-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const key = join(directory, 'client.key');
  writeFileSync(key, readFileSync(join(CERTIFICATES, 'client.key')));
  chmodSync(key, 0o000);
  const { code, faults } = await report({
    OTEL_EXPORTER_OTLP_CLIENT_KEY: key,
    OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: directory,
  });
  assert.equal(code, 1);
  const texts = faults.map(({ text }) => text);
  assert.ok(texts.some((text) => text.endsWith(`${directory}, which cannot be read: it is not a file`)));
  // The superuser may read everything.
  if (process.getuid?.() !== 0)
    assert.ok(texts.some((text) => /client\.key, which cannot be read: EACCES/.test(text)));
});

test('only a receiver that the settings choose is tried', async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.end()),
  );
  const closed = await freePort();
  assert.deepEqual((await report({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${closed}` })).faults, []);
  for (const env of [
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: `127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
    },
  ]) {
    assert.deepEqual((await report({ OTEL_METRICS_EXPORTER: 'otlp', ...env })).faults, []);
  }
});

test('with TLS, the receiver must prove its identity', async (t) => {
  const read = (name: string) => readFileSync(join(CERTIFICATES, name));
  const server = createTlsServer({ key: read('receiver.key'), cert: read('receiver.pem') });
  const port = await listening(t, server);
  const env = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: `https://localhost:${port}` };
  const authority = { OTEL_EXPORTER_OTLP_CERTIFICATE: join(CERTIFICATES, 'authority.pem') };
  assert.deepEqual((await report({ ...env, ...authority })).faults, []);
  const [fault] = (await report(env)).faults;
  assert.match(
    fault?.text ?? '',
    /no connection to https:\/\/localhost:\d+\/v1\/metrics .*(unable to verify|self-signed|issuer)/,
  );
});

test('a Pushgateway and a receiver of remote write are asked, without metrics', async (t) => {
  const receiver = await startRecordingServer(t, (response, { path, headers }) => {
    response.setHeader('x-prometheus-remote-write-samples-written', 0);
    response.statusCode = headers.authorization === undefined ? 401 : path === '/' ? 404 : 204;
    response.end();
  });
  const url = (path: string, user = '') => `http://${user}${receiver.host}${path}`;
  for (const [env, expected] of [
    [{ PITOT_PUSHGATEWAY_URL: url('/gateway', 'me:secret@') }, []],
    [
      { PITOT_PUSHGATEWAY_URL: url('/') },
      ['pushgatewayUrl', /\(PITOT_PUSHGATEWAY_URL\) takes .* answers 401/],
    ],
    [{ PITOT_REMOTE_WRITE_URL: url('/api/v1/write', 'me:secret@') }, []],
    [
      { PITOT_REMOTE_WRITE_URL: url('/', 'me:secret@') },
      ['remoteWriteUrl', /takes no metrics: it answers 404/],
    ],
    [{ PITOT_REMOTE_WRITE_URL: `http://127.0.0.1:${await freePort()}/` }, ['remoteWriteUrl', /ECONNREFUSED/]],
  ] as const) {
    const exporter = 'PITOT_PUSHGATEWAY_URL' in env ? 'pushgateway' : 'remote_write';
    const { faults } = await report({ PITOT_METRICS_EXPORTER: exporter, ...env });
    const [setting, text] = expected;
    assert.deepEqual(
      faults.map((fault) => fault.setting),
      setting === undefined ? [] : [setting],
    );
    if (text !== undefined) assert.match(faults[0]?.text ?? '', text);
  }
  assert.deepEqual(
    new Set(receiver.requests.map(({ method, path }) => `${method} ${path}`)),
    new Set(['GET /gateway/-/ready', 'GET /-/ready', 'POST /api/v1/write', 'POST /']),
  );
});

test('a Unix socket for gRPC is tried', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-check-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'otlp.sock');
  const env = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_ENDPOINT: `unix://${path}`,
  };
  assert.match((await report(env)).faults[0]?.text ?? '', /ENOENT/);
  const server = createServer((socket) => socket.end()).listen(path);
  await once(server, 'listening');
  t.after(() => void server.close());
  assert.deepEqual((await report(env)).faults, []);
});

test('nothing is tried if pitot is switched off', async (t) => {
  const taken = await listening(t, createServer());
  const env = {
    OTEL_SDK_DISABLED: 'true',
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(taken),
  };
  assert.deepEqual((await report(env)).faults, []);
});

test('settings and faults from a configuration file are shown with their place in the file', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-check-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'otel.yaml');
  writeFileSync(
    file,
    `file_format: "1.1"
meter_provider:
  readers:
    - pull: { exporter: { prometheus/development: { port: 0, resource_constant_labels: { included: ["*"] } } } }
    - periodic: { exporter: { otlp_http: { endpoint: "http://127.0.0.1:${await freePort()}/x", headers_list: a=hush, tls: { ca_file: /no/such.pem } } } }
`,
  );
  const env = { OTEL_CONFIG_FILE: file, OTEL_SERVICE_NAME: 'ignored', PITOT_PAGE: 'off' };
  const { code, stdout } = await pitot(['check', '--all'], { env });
  assert.equal(code, 1);
  assert.match(stdout, /^ {2}OTEL_SERVICE_NAME +unknown_service:node {2}\(default\)$/m);
  assert.match(
    stdout,
    /^ {2}OTEL_EXPORTER_PROMETHEUS_PORT +0 {2}\(file: meter_provider\.readers\[0\]\.pull\.exporter\.prometheus\/development\.port in .*otel\.yaml\)$/m,
  );
  assert.match(stdout, /^ {2}PITOT_PAGE +off {2}\(environment\)$/m);
  assert.doesNotMatch(stdout, /hush/);
  const [, faults = ''] = stdout.split('At fault\n');
  assert.match(faults, /which has no effect: .*resource_constant_labels$/m);
  assert.match(faults, /otlp_http\.tls\.ca_file in .* names \/no\/such\.pem, which cannot be read: ENOENT/);
  assert.match(faults, /no connection to http:.*\/x .*ECONNREFUSED/);
  assert.equal(faults.trim().split('\n').length, 3);
});

test('the security settings of the endpoint are tried, not only read', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-check-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const web = join(directory, 'web.yml');
  writeFileSync(web, 'tls_server_config: { cert_file: server.crt }\n');
  const tokens = join(directory, 'tokens');
  writeFileSync(tokens, '');
  for (const [env, setting] of [
    [{ PITOT_WEB_CONFIG_FILE: web }, 'webConfigFile'],
    [{ PITOT_BEARER_TOKEN_FILE: tokens }, 'bearerTokenFile'],
  ] as const) {
    const { code, faults } = await report(env);
    assert.deepEqual([code, faults.map((fault) => fault.setting)], [1, [setting]]);
  }
  // That it is not there is told once.
  const { faults } = await report({ PITOT_WEB_CONFIG_FILE: join(directory, 'none.yml') });
  assert.equal(faults.length, 1);
});

test('a directory for targets is not reported as an unreadable file', async () => {
  const env = { PITOT_TARGETS_DIRECTORY: tmpdir(), PITOT_PROCESSES: 'separate' };
  assert.deepEqual((await report(env)).faults, []);
});

test('an endpoint that other machines reach without credentials is a warning and not a fault', async () => {
  const { code, warnings, faults } = await report({ OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' });
  assert.deepEqual([code, faults], [0, []]);
  assert.match(
    warnings.join('\n'),
    /^anyone who reaches 0\.0\.0\.0:\d+ can read the metrics\. .*PITOT_WEB_CONFIG_FILE/,
  );
  assert.deepEqual((await report({ OTEL_EXPORTER_PROMETHEUS_HOST: 'localhost' })).warnings, []);
});

/** A directory of an application that has pitot installed and these files. */
function application(lifetime: Lifetime, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-check-'));
  lifetime.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(REPOSITORY, join(directory, 'node_modules/pitot'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

async function checkIn(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = await pitot(['check', '--json', ...args], { cwd, env: ANY_PORT });
  const report = JSON.parse(stdout) as Report;
  const shown = (name: string) => {
    const { value, source } = report.settings.find(({ setting }) => setting === name) ?? {};
    return `${value} (${source})`;
  };
  return { code, stderr, shown, ...report };
}

test('the options of boot() in instrumentation.mjs count, and nothing is started', async (t) => {
  const directory = application(t, {
    'instrumentation.mjs': `import { boot } from 'pitot';
boot({ serviceName: 'orders', seriesLimit: -1, httpAttributes: () => ({}) });
boot({ serviceName: 'too-late' });
`,
  });
  const { code, shown, faults, instrumentation, stderr } = await checkIn(directory);
  assert.equal(shown('serviceName'), 'orders (option)');
  assert.deepEqual([code, stderr], [1, '']);
  assert.deepEqual(
    faults.map(({ setting }) => setting),
    ['seriesLimit'],
  );
  assert.match(instrumentation ?? '', /instrumentation\.mjs$/);
});

test('exporters of other packages are shown without their options, and loaded', async (t) => {
  const directory = application(t, {
    'exporter.mjs': 'export class Exporter {}',
    'instrumentation.mjs': `import { boot } from 'pitot';
const options = { apiKey: 'hunter2' };
boot({ exporters: ['prometheus', { module: './exporter.mjs', export: 'Exporter', options }] });
`,
    'missing.mjs': `import { boot } from 'pitot';
boot({ exporters: [{ module: '@nowhere/exporter' }, { module: 'x', options: { on: () => {} } }] });
`,
  });
  const found = await checkIn(directory);
  assert.equal(found.shown('exporters'), 'prometheus, ./exporter.mjs#Exporter (option)');
  assert.deepEqual([found.code, found.stderr], [0, '']);
  assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  const { code, faults } = await checkIn(directory, 'missing.mjs');
  assert.equal(code, 1);
  assert.match(faults[0]?.text ?? '', /exporters\[1\]\.options must be plain data/);
  assert.match(faults[1]?.text ?? '', /exporter @nowhere\/exporter#default cannot be loaded: .*install it/);
});

test('another file is checked by its name, and one without pitot is left alone', async (t) => {
  const directory = application(t, {
    'instrumentation.js': 'throw new Error("not for pitot");',
    'metrics.cjs': `require('pitot').boot({ serviceName: 'orders' });`,
    'register.mjs': `import { boot } from 'pitot'; export const register = () => boot();`,
    'broken.mjs': `import 'pitot'; throw new Error('no settings');`,
  });
  assert.equal((await checkIn(directory)).shown('serviceName'), 'unknown_service:node (default)');
  assert.equal((await checkIn(directory, 'metrics.cjs')).shown('serviceName'), 'orders (option)');
  const later = await checkIn(directory, 'register.mjs');
  assert.deepEqual([later.code, later.warnings.length], [0, 1]);
  assert.match(later.warnings[0] ?? '', /did not call boot\(\) when it was imported/);
  const broken = await checkIn(directory, 'broken.mjs');
  assert.equal(broken.code, 1);
  assert.match(broken.faults[0]?.text ?? '', /broken\.mjs cannot be imported: .*no settings/);
});
