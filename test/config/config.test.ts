import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { formatFaults } from '../../src/config/faults.ts';
import { hubEnvironment } from '../../src/config/hub-environment.ts';
import type { SettingOptions } from '../../src/config/settings/boot-options.ts';
import { BAD, DEFAULTS, GOOD } from './helpers/environments.ts';

for (const { what, env, options = {}, config } of GOOD) {
  test(`${what}: is read without a fault`, () => {
    const read = readConfig(options, env);
    assert.deepEqual(read.faults, []);
    assert.deepEqual(read.config, { ...DEFAULTS, ...config });
  });
}

for (const { what, env, options = {}, config, faults } of BAD) {
  test(`${what}: is reported with the value used instead`, () => {
    const read = readConfig(options, env);
    assert.deepEqual(
      read.faults.map(({ text }) => text),
      faults,
    );
    assert.deepEqual(read.config, { ...DEFAULTS, ...config });
  });
}

/** Options as they come from JavaScript, unchecked. */
function faultsOf(options: unknown): readonly string[] {
  return readConfig(options as SettingOptions, {}).faults.map(({ text }) => text);
}

test('options of the wrong type are reported and show nothing of objects', () => {
  const given = {
    port: '9464',
    disabled: 'true',
    serviceName: '  ',
    exporters: 'otlp',
    sources: ['htpp', 3, {}],
    resourceAttributes: { team: 7 },
    otlpHeaders: new Map([['token', 'hunter2']]).get('token'),
    signals: null,
  };
  assert.deepEqual(faultsOf(given), [
    'option disabled is "true", but must be true or false; using the default, false',
    'option serviceName is "  ", but must be a string that is not empty; using the default, unknown_service:node',
    'option resourceAttributes is an object, but must be percent-encoded key=value pairs separated by commas; using the default, service.name=unknown_service:node',
    'option exporters is "otlp", but must be a list of prometheus, otlp, pushgateway, remote_write, console, none; using the default, prometheus',
    'option port is "9464", but must be an integer from 0 to 65535, or none; using the default, 9464',
    'option sources is ["htpp", 3, an object], but must be a list of http, express, pg, mysql2, mongodb, redis, ioredis, better-sqlite3, node-sqlite, grpc, aws-sdk, graphql, amqplib, kafkajs, ws, socket.io, errors, runtime-node, host-metrics; using the default, all but `ws`, `socket.io`',
    'option otlpHeaders has a value that is not shown here, but must be percent-encoded name=value pairs separated by commas, of valid header names and values; using the default, none',
    'option signals is null, but must be one of flush, leave; using the default, flush',
  ]);
});

test('an unknown option is reported with the most similar known one', () => {
  assert.deepEqual(faultsOf({ prot: 9464 }), [
    'option prot is not a setting of pitot and is ignored; did you mean port?',
  ]);
});

test('an unknown option like none that is known is reported with all that are', () => {
  const [fault = ''] = faultsOf({ 'log\nfile': '/tmp/log' });
  assert.match(
    fault,
    /^option "log\\nfile" is not a setting of pitot and is ignored; known are configFile, disabled, service/,
  );
});

test('options that are not an object are reported and ignored', () => {
  assert.deepEqual(faultsOf(null), [
    'the options given to boot() are null, but must be an object; using none',
  ]);
  assert.deepEqual(faultsOf(9464), [
    'the options given to boot() are 9464, but must be an object; using none',
  ]);
  assert.deepEqual(faultsOf(undefined), []);
});

test('a bad option falls back to the environment, and the fault says so', () => {
  const { config, faults } = readConfig({ port: -1 }, { OTEL_EXPORTER_PROMETHEUS_PORT: '9100' });
  assert.equal(config.port, 9100);
  assert.equal(
    formatFaults(faults),
    'pitot: option port is -1, but must be an integer from 0 to 65535, or none; using 9100 from OTEL_EXPORTER_PROMETHEUS_PORT',
  );
});

test('every fault is a line of its own that begins with pitot', () => {
  const { faults } = readConfig({ port: -1 }, { PITOT_SIGNAL: 'a\nb', OTEL_LOG_LEVEL: 'lo\nud' });
  assert.deepEqual(
    formatFaults(faults)
      .split('\n')
      .map((line) => line.slice(0, 24)),
    ['pitot: OTEL_LOG_LEVEL is', 'pitot: option port is -1', 'pitot: environment varia'],
  );
});

test('a fault cuts a very long value short', () => {
  const { faults } = readConfig({}, { OTEL_LOG_LEVEL: 'x'.repeat(100_000) });
  assert.ok((faults[0]?.text.length ?? Infinity) < 400);
});

test('sources say where each value comes from', () => {
  const { sources } = readConfig(
    { port: 1, otlpTimeout: -1, otlpHeaders: { a: 'b' } },
    { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_EXPORTER_OTLP_HEADERS: 'c=d', OTEL_LOG_LEVEL: 'loud' },
  );
  const { port, otlpTimeout, otlpHeaders, serviceName, resourceAttributes, logLevel, host } = sources;
  assert.deepEqual(
    { port, otlpTimeout, otlpHeaders, serviceName, resourceAttributes, logLevel, host },
    {
      port: 'option',
      otlpTimeout: 'default',
      otlpHeaders: 'option',
      serviceName: 'environment',
      resourceAttributes: 'environment',
      logLevel: 'default',
      host: 'default',
    },
  );
});

test('the configuration is frozen to its depth, and what the caller gave is not', () => {
  const attributes = { team: 'blue' };
  const { config } = readConfig({ resourceAttributes: attributes }, {});
  assert.ok(
    Object.isFrozen(config) && Object.isFrozen(config.exporters) && Object.isFrozen(config.otlpHeaders),
  );
  assert.ok(Object.isFrozen(config.resourceAttributes));
  assert.ok(!Object.isFrozen(attributes));
});

test('only the environment that is passed in is read, and it is not changed', () => {
  const env = Object.freeze({ OTEL_SERVICE_NAME: 'passed in' });
  process.env.OTEL_EXPORTER_PROMETHEUS_PORT = '9999';
  try {
    const { config } = readConfig({}, env);
    assert.deepEqual([config.serviceName, config.port], ['passed in', 9464]);
  } finally {
    delete process.env.OTEL_EXPORTER_PROMETHEUS_PORT;
  }
});

test('the environment of the hub lacks what the configuration already says', () => {
  const env = {
    PATH: '/bin',
    OTEL_EXPORTER_OTLP_HEADERS: 'a=b',
    OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '5',
    HOME: '/',
  };
  assert.deepEqual(hubEnvironment(env), { PATH: '/bin', HOME: '/' });
});

test('an exporter of another package is copied, and one whose options cannot be is left out and reported', () => {
  const options = { url: 'http://x', token: 'hunter2', key: new Uint8Array([1]), self: {} };
  options.self = options;
  const { config, faults } = readConfig(
    { exporters: ['prometheus', { module: '@vendor/exporter', export: 'E', options }] },
    {},
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(config.exporters, ['prometheus', { module: '@vendor/exporter', export: 'E', options }]);
  assert.notEqual((config.exporters[1] as { options: object }).options, options);
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [
      { module: 'x', options: { agent: () => 'hunter2' } },
      /options must be plain data, .* could not be cloned/,
    ],
    [{ module: 'x', options: { agent: new (class Agent {})() } }, /instance of a class/],
    [{ export: 'E' }, /\[1\]\.module must be the name of a package, a file or a URL/],
    [{ module: 'x', export: 1 }, /\.export must be a name/],
    [{ module: 'x', option: {} }, /\.option is not known; known are module, export, options/],
  ];
  for (const [entry, fault] of wrong) {
    const read = readConfig({ exporters: ['otlp', entry] } as SettingOptions, {});
    assert.deepEqual(read.config.exporters, ['otlp']);
    const [text = ''] = read.faults.map((one) => one.text);
    assert.match(text, /^option exporters is \["otlp", an object\], but must be a list of .*; using otlp$/);
    assert.match(text, fault);
  }
});
