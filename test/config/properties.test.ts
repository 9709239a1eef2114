import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readConfig } from '../../src/config/config.ts';
import { formatFaults } from '../../src/config/faults.ts';
import type { SettingOptions } from '../../src/config/settings/boot-options.ts';
import { ALL_SETTINGS, type Config, type SettingName } from '../../src/config/settings/table.ts';
import { describeForwarding } from '../../src/hub/forward/forwarders.ts';
import { DEFAULTS } from './helpers/environments.ts';

/** All but the one that names a file of further settings. */
const VARIABLES = ALL_SETTINGS.flatMap(([, { variables }]) => variables).filter(
  (name) => name !== 'OTEL_CONFIG_FILE',
);

/** Text such as stands in environments: sensible, nearly sensible and senseless. */
const variableText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'true',
    'FALSE',
    'yes',
    '0',
    '-1',
    '9464',
    '65536',
    '1e3',
    'none',
    'otlp,prometheus',
  ),
  fc.constantFrom(
    'http://h:1',
    'https://u:p@h/x?y=z',
    'h:4317',
    'unix:///s',
    'grpc',
    'http/json',
    'http://[',
    'delta',
  ),
  fc.constantFrom(
    'a=b,c=d',
    'a=%zz',
    '=',
    'service.name=',
    'service.name=x',
    '__proto__=x',
    'http,pg',
    'gzip',
    'debug',
  ),
  fc.integer().map(String),
  fc.string(),
  fc.string({ unit: 'binary' }),
);
const environment = fc.dictionary(
  fc.oneof(fc.constantFrom(...VARIABLES), fc.constantFrom('PITOT_', 'PITOT_X', '__proto__')),
  variableText,
);
const options = fc.dictionary(
  fc.oneof(
    fc.constantFrom<string>(...ALL_SETTINGS.map(([name]) => name).filter((name) => name !== 'configFile')),
    fc.string(),
  ),
  fc.oneof(fc.anything(), variableText, fc.array(variableText), fc.dictionary(fc.string(), variableText)),
) as fc.Arbitrary<SettingOptions>;

const INTEGERS: Partial<Record<SettingName, readonly [number, number]>> = {
  port: [0, 65535],
  seriesLimit: [1, 2 ** 31 - 1],
  exportInterval: [1, 2 ** 31 - 1],
  exportTimeout: [1, 2 ** 31 - 1],
  flushTimeout: [0, 2 ** 31 - 1],
  otlpTimeout: [0, 2 ** 31 - 1],
  observeTimeout: [1, 2 ** 31 - 1],
  scrapeTimeout: [1, 2 ** 31 - 1],
  maxScrapes: [1, 1000],
  scrapeCache: [0, 2 ** 31 - 1],
  readyStall: [250, 2 ** 31 - 1],
  stallThreshold: [250, 2 ** 31 - 1],
};
const CHOICES: Partial<Record<SettingName, readonly unknown[]>> = {
  logLevel: ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL'],
  otlpProtocol: ['http/protobuf', 'http/json', 'grpc'],
  otlpCompression: ['none', 'gzip'],
  temporality: ['cumulative', 'delta', 'lowmemory'],
  histogramAggregation: ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'],
  signals: ['flush', 'leave'],
};

function assertValid(config: Config): void {
  assert.deepEqual(Object.keys(config).sort(), Object.keys(DEFAULTS).sort());
  for (const [name] of ALL_SETTINGS) {
    const value = config[name];
    const [least, most] = INTEGERS[name] ?? [];
    // No port at all is a choice too.
    if (name === 'port' && value === 'none') continue;
    if (least !== undefined && most !== undefined) {
      assert.ok(
        Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
        `${name} is ${value}`,
      );
    } else if (CHOICES[name] !== undefined) {
      assert.ok(CHOICES[name].includes(value), `${name} is ${value}`);
    } else if (value !== undefined) {
      assert.equal(typeof value, typeof (DEFAULTS[name] ?? (typeof value === 'object' ? {} : '')), name);
    }
  }
  assert.ok(config.exportTimeout <= config.exportInterval);
  assert.ok(config.exporters.every((name) => ['prometheus', 'otlp', 'console'].includes(String(name))));
  assert.equal(config.resourceAttributes['service.name'], config.serviceName);
  assert.notEqual(config.serviceName, '');
  assert.equal(config.otlpClientKey === undefined, config.otlpClientCertificate === undefined);
  if (config.otlpProtocol !== 'grpc') assert.match(config.otlpEndpoint, /^https?:\/\//);
  for (const value of Object.values({ ...config.otlpHeaders, ...config.resourceAttributes })) {
    assert.equal(typeof value, 'string');
  }
}

test('any options and any environment give a valid configuration that can be posted to a worker', () => {
  fc.assert(
    fc.property(options, environment, (given, env) => {
      const { config, faults } = readConfig(given, env);
      assertValid(config);
      assert.deepEqual(structuredClone(config), config);
      const lines = faults.length === 0 ? [] : formatFaults(faults).split('\n');
      assert.equal(lines.length, faults.length);
      assert.ok(lines.every((line) => line.startsWith('pitot: ')));
    }),
  );
});

test('an option that can be used wins whatever the environment says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65535 }), environment, (port, env) => {
      const { config, sources, faults } = readConfig({ port }, env);
      assert.equal(config.port, port);
      assert.equal(sources.port, 'option');
      assert.ok(faults.every(({ setting }) => setting !== 'port'));
    }),
  );
});

test('a configuration given back as options is the same configuration, without a fault', () => {
  fc.assert(
    fc.property(environment, (env) => {
      const { config } = readConfig({}, env);
      const again = readConfig(config, {});
      assert.deepEqual(again.faults, []);
      assert.deepEqual(again.config, config);
    }),
  );
});

test('secrets appear in no fault and not in the start-up line', () => {
  const secret = 'hunter2secret';
  const around = fc.constantFrom('', ',', '%', '%0A', 'a=', '=', '://', '@', ' ', '\n', ';', '"', 'x=y,');
  const headers = fc.tuple(around, around, around).map(([a, b, c]) => `${a}${b}${secret}${c}`);
  const scheme = fc.constantFrom('http://', 'https://', 'ftp://', 'unix://', '', 'http:///', '//');
  const endpoint = fc.oneof(
    fc.tuple(scheme, around).map(([begin, end]) => `${begin}user:${secret}@host${end}`),
    fc.tuple(scheme, around).map(([begin, end]) => `${begin}host${end}?token=${secret}`),
  );
  fc.assert(
    fc.property(
      headers,
      endpoint,
      endpoint,
      fc.constantFrom('grpc', 'http/json'),
      (header, url, other, protocol) => {
        const { config, faults } = readConfig(
          { otlpEndpoint: url, otlpHeaders: { [header]: header }, exporters: ['otlp'] },
          {
            OTEL_EXPORTER_OTLP_HEADERS: header,
            OTEL_EXPORTER_OTLP_METRICS_HEADERS: `${header},${header}`,
            OTEL_EXPORTER_OTLP_ENDPOINT: other,
            OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
          },
        );
        assert.ok(!formatFaults(faults).includes(secret), formatFaults(faults));
        assert.ok(!describeForwarding(config).includes(secret), describeForwarding(config));
      },
    ),
  );
});
