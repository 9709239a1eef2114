import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../../src/config/config.ts';
import { formatFaults } from '../../src/config/faults.ts';
import type { SettingOptions } from '../../src/config/settings/boot-options.ts';
import type { Config } from '../../src/config/settings/table.ts';
import { REPOSITORY } from '../harness/service.ts';
import { DEFAULTS } from './helpers/environments.ts';

interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: SettingOptions;
}

/** Reads the configuration with `yaml` as its file. The result calls the file FILE. */
function declare(t: TestContext, yaml: string, { env = {}, options = {} }: Around = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-declared-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'otel.yaml');
  writeFileSync(file, yaml);
  const { config, faults, ...rest } = readConfig(options, { ...env, OTEL_CONFIG_FILE: file });
  assert.equal(config.configFile, file);
  const texts = faults.map(({ text }) => text.replaceAll(file, 'FILE'));
  return { ...rest, config: { ...config, configFile: undefined }, texts, file };
}

/** Values other than the defaults. */
function changes(config: Config): Partial<Config> {
  const entries = Object.entries(config) as [keyof Config, unknown][];
  return Object.fromEntries(
    entries.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[name])),
  );
}

/** For what is substituted, which the parser takes from the process's environment. */
function setVariables(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    process.env[name] = value;
    t.after(() => delete process.env[name]);
  }
}

const EVERYTHING = `
file_format: "1.1"
log_level: warn2
attribute_limits:
  attribute_count_limit: 64
resource:
  attributes:
    - { name: service.name, value: checkout }
    - { name: replicas, value: 3, type: int }
    - { name: zones, value: [a, b], type: string_array }
  attributes_list: team=blue%20sky,replicas=4
meter_provider:
  exemplar_filter: always_off
  readers:
    - pull:
        exporter:
          prometheus/development:
            host: 0.0.0.0
            port: 9500
            scope_info_enabled: false
            translation_strategy: no_utf8_escaping_with_suffixes/development
        cardinality_limits:
          default: 500
    - periodic:
        interval: 5000
        timeout: 4000
        exporter:
          otlp_grpc:
            endpoint: https://collector:4317
            tls: { ca_file: /ca.pem, key_file: /client.key, cert_file: /client.pem, insecure: false }
            headers:
              - { name: Api-Key, value: "1234" }
            headers_list: api-key=other,tenant=seven
            compression: gzip
            timeout: 3000
            temporality_preference: low_memory
            default_histogram_aggregation: base2_exponential_bucket_histogram
    - periodic:
        interval: 5000
        timeout: 4000
        exporter:
          console:
  views:
    - selector: { instrument_name: http.x, instrument_type: up_down_counter, unit: ms, meter_name: m, meter_version: "1", meter_schema_url: u }
      stream:
        name: renamed
        description: new
        aggregation_cardinality_limit: 10
        attribute_keys: { included: ["a*"], excluded: [ab] }
        aggregation:
          explicit_bucket_histogram: { boundaries: [1, 2.5] }
    - selector: { instrument_name: noisy }
      stream:
        aggregation:
          drop:
instrumentation/development:
  general:
    http:
      server: { known_methods: [GET, POST] }
tracer_provider:
  processors:
    - simple: { exporter: { console: } }
distribution:
  acme: { anything: 1 }
  pitot:
    series_limits: { shop.orders: 7 }
    disabled_sources: [pg]
    observe_timeout: 100
`;

test('readers, views, resource, limits and log level become settings, and nothing is left to say', (t) => {
  const { config, texts } = declare(t, EVERYTHING);
  assert.deepEqual(texts, []);
  const attributes = { team: 'blue sky', replicas: '3', 'service.name': 'checkout', zones: '["a","b"]' };
  assert.deepEqual(config.resourceAttributes, attributes);
  const { resourceAttributes: _, ...rest } = changes(config);
  assert.deepEqual(rest, {
    logLevel: 'WARN',
    serviceName: 'checkout',
    exemplarFilter: 'always_off',
    exporters: ['prometheus', 'otlp', 'console'],
    host: '0.0.0.0',
    port: 9500,
    scopeLabels: false,
    translationStrategy: 'NoUTF8EscapingWithSuffixes',
    seriesLimit: 500,
    exportInterval: 5000,
    exportTimeout: 4000,
    otlpProtocol: 'grpc',
    otlpEndpoint: 'https://collector:4317',
    otlpCertificate: '/ca.pem',
    otlpClientKey: '/client.key',
    otlpClientCertificate: '/client.pem',
    otlpHeaders: { 'api-key': '1234', tenant: 'seven' },
    otlpCompression: 'gzip',
    otlpTimeout: 3000,
    temporality: 'lowmemory',
    histogramAggregation: 'base2_exponential_bucket_histogram',
    httpKnownMethods: ['GET', 'POST'],
    seriesLimits: { 'shop.orders': 7 },
    disabledSources: ['pg'],
    observeTimeout: 100,
    views: [
      {
        selector: {
          instrumentName: 'http.x',
          instrumentType: 'upDownCounter',
          unit: 'ms',
          meterName: 'm',
          meterVersion: '1',
          meterSchemaUrl: 'u',
        },
        name: 'renamed',
        description: 'new',
        aggregation: { boundaries: [1, 2.5] },
        seriesLimit: 10,
        attributes: { included: ['a*'], excluded: ['ab'] },
      },
      { selector: { instrumentName: 'noisy' }, aggregation: 'drop' },
    ],
  });
});

const PULL = `
file_format: "1.1"
meter_provider:
  readers:
    - pull:
        exporter:
          prometheus/development:
`;

test('an exporter without settings has the defaults', (t) => {
  const { config, texts, sources } = declare(t, PULL);
  assert.deepEqual([changes(config), texts], [{}, []]);
  assert.deepEqual([sources.exporters, sources.port], ['file', 'default']);
});

test('OTLP over HTTP has its encoding from the file, and the endpoint is used as it is', (t) => {
  const { config, texts } = declare(
    t,
    `file_format: "1.1"
meter_provider:
  readers:
    - periodic: { exporter: { otlp_http: { endpoint: "http://collector:4318/x", encoding: json } } }`,
  );
  assert.deepEqual(texts, []);
  assert.deepEqual(changes(config), {
    exporters: ['otlp'],
    otlpProtocol: 'http/json',
    otlpEndpoint: 'http://collector:4318/x',
  });
});

test('no other OTEL variable counts, and pitot variables and options do, above the file', (t) => {
  const { config, texts, sources, places } = declare(
    t,
    `${PULL}            port: 9500
            scope_info_enabled: true
distribution: { pitot: { series_limit: 100, max_scrapes: 3 } }
`,
    {
      env: {
        OTEL_SERVICE_NAME: 'ignored',
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_PROMETHEUS_PORT: '1',
        OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg',
        PITOT_SCOPE_LABELS: 'false',
        PITOT_SERIES_LIMIT: '200',
      },
      options: { host: '::1', seriesLimit: 300 },
    },
  );
  assert.deepEqual(texts, []);
  assert.deepEqual(changes(config), {
    port: 9500,
    host: '::1',
    scopeLabels: false,
    seriesLimit: 300,
    maxScrapes: 3,
  });
  assert.deepEqual(
    [sources.port, sources.host, sources.scopeLabels, sources.logLevel],
    ['file', 'option', 'environment', 'default'],
  );
  assert.match(
    places.port ?? '',
    /^meter_provider\.readers\[0\]\.pull\.exporter\.prometheus\/development\.port in /,
  );
});

test('the file can be named as an option', (t) => {
  const { file } = declare(t, PULL);
  const { config, faults } = readConfig({ configFile: file }, { OTEL_SERVICE_NAME: 'ignored' });
  assert.deepEqual([config.serviceName, faults], ['unknown_service:node', []]);
});

test('what pitot does not do is named in one line, each with its place', (t) => {
  const { config, texts } = declare(
    t,
    `
file_format: "1.1"
resource:
  schema_url: https://opentelemetry.io/schemas/1.16.0
  detection/development:
    attributes: { included: [process.*] }
    detectors: [{ container: }, { host: }]
meter_provider:
  meter_configurator/development:
    default_config: { enabled: true }
  readers:
    - periodic:
        interval: 1000
        timeout: 1000
        max_export_batch_size/development: 100
        producers: [{ opencensus: }]
        exporter: { otlp_http: { compression: gzip } }
    - periodic: { interval: 2000, timeout: 1000, exporter: { console: { temporality_preference: delta } } }
    - periodic: { interval: 3000, exporter: { otlp_grpc: } }
    - periodic: { exporter: { otlp_file/development: } }
    - pull:
        cardinality_limits: { default: 10, counter: 5 }
        exporter:
          prometheus/development:
            target_info_enabled/development: false
            resource_constant_labels: { included: ["*"] }
  views:
    - selector: { instrument_name: a }
      stream: { aggregation: { last_value: } }
    - selector: { instrument_name: b }
      stream:
        name: c
        aggregation:
          base2_exponential_bucket_histogram: { max_scale: 10, max_size: 160 }
distribution:
  pitot: { series_limti: 1, port: 1 }
`,
  );
  assert.deepEqual(texts, [
    'OTEL_CONFIG_FILE names FILE, which asks for what pitot does not do, which has no effect: ' +
      [
        'resource.detection/development.detectors[0].container',
        'meter_provider.readers[1].periodic.exporter.console.temporality_preference (totals are printed)',
        'meter_provider.readers[1].periodic.interval (meter_provider.readers[0].periodic.interval counts for all)',
        'meter_provider.readers[2].periodic.exporter.otlp_grpc (pitot has one exporter of the kind otlp)',
        'meter_provider.readers[3].periodic.exporter.otlp_file/development',
        'meter_provider.readers[4].pull.exporter.prometheus/development.target_info_enabled/development (target_info is always there)',
        'meter_provider.views[1].stream.aggregation.base2_exponential_bucket_histogram.max_scale (always 20)',
        'resource.schema_url',
        'resource.detection/development.attributes',
        'meter_provider.meter_configurator/development',
        'meter_provider.readers[0].periodic.max_export_batch_size/development',
        'meter_provider.readers[0].periodic.producers',
        'meter_provider.readers[4].pull.exporter.prometheus/development.resource_constant_labels',
        'meter_provider.readers[4].pull.cardinality_limits.counter',
        'distribution.pitot.series_limti',
        'distribution.pitot.port',
      ].join(', '),
  ]);
  assert.deepEqual(changes(config), {
    exporters: ['otlp', 'console', 'prometheus'],
    otlpCompression: 'gzip',
    exportInterval: 1000,
    exportTimeout: 1000,
    seriesLimit: 10,
    views: [
      { selector: { instrumentName: 'a' }, aggregation: 'lastValue' },
      { selector: { instrumentName: 'b' }, name: 'c', aggregation: 'exponential' },
    ],
  });
});

test('a value that the schema allows and pitot does not is reported with its place in the file', (t) => {
  const { config, texts } = declare(t, `${PULL}            port: 70000\n`);
  assert.deepEqual(texts, [
    'meter_provider.readers[0].pull.exporter.prometheus/development.port in FILE is 70000, but must be an integer from 0 to 65535, or none; using the default, 9464',
  ]);
  assert.equal(config.port, 9464);
});

test('headers are secret in a file as well', (t) => {
  const { texts } = declare(
    t,
    `file_format: "1.1"
meter_provider:
  readers: [{ periodic: { exporter: { otlp_http: { headers_list: "hunter2", headers: [{ name: "bad name", value: hunter2 }] } } } }]`,
  );
  assert.equal(texts.length, 2);
  assert.doesNotMatch(texts.join(), /hunter2/);
});

const USELESS: readonly [what: string, yaml: string, reason: RegExp][] = [
  ['no YAML', 'file_format: "1.1"\n  x: [', /at line 2, column \d+; nothing/],
  ['an empty file', '', /Unsupported file_format/],
  ['another format', 'file_format: "0.4"', /Unsupported file_format: pitot reads 1\.x/],
  [
    'no readers',
    'file_format: "1.1"\nmeter_provider: {}',
    /\/meter_provider must have required property 'readers'/,
  ],
  [
    'an empty list of readers',
    'file_format: "1.1"\nmeter_provider: { readers: [] }',
    /must have required property 'readers'/,
  ],
  [
    'a port that is text',
    `${PULL}            port: many\n`,
    /\/meter_provider\/readers\/0\/pull\/exporter\/prometheus~1development\/port must be/,
  ],
  ['a bad substitution', `${PULL}            host: \${1X}\n`, /invalid env var substitution/],
];

for (const [what, yaml, reason] of USELESS) {
  test(`a configuration file that cannot be used switches pitot off and says why: ${what}`, (t) => {
    const around = { env: { OTEL_METRICS_EXPORTER: 'otlp' }, options: { disabled: false } };
    const { config, texts } = declare(t, yaml, around);
    assert.deepEqual(changes(config), { disabled: true });
    assert.ok(texts.length > 0);
    assert.match(texts.join('\n'), reason);
    for (const text of texts) {
      assert.match(
        text,
        /^OTEL_CONFIG_FILE names FILE, which cannot be used: .*; nothing is measured until it can$/,
      );
    }
  });
}

test('a file with unknown keys and values is used without them, and each is named', (t) => {
  const { config, texts } = declare(
    t,
    `
file_format: "1.1"
novelty: { a: 1 }
resource:
  attributes: [{ name: service.name, value: shop, source: new }]
meter_provider:
  mode: fast
  exemplar_filter: new_filter
  readers:
    - push_new: { exporter: { console: } }
    - pull:
        cadence: 5
        exporter: { prometheus/development: { port: 9500, style: new } }
  views:
    - selector: { instrument_name: a }
      stream: { aggregation: { new_aggregation: } }
    - selector: { instrument_name: b, pattern: new }
      stream: { aggregation: { drop: } }
`,
  );
  assert.deepEqual(changes(config), {
    serviceName: 'shop',
    resourceAttributes: { 'service.name': 'shop' },
    port: 9500,
    views: [{ selector: { instrumentName: 'b' }, aggregation: 'drop' }],
  });
  const [unknown = '', filter = '', ...others] = texts;
  assert.deepEqual(others, []);
  assert.match(filter, /^meter_provider\.exemplar_filter in FILE is "new_filter", but must be one of/);
  assert.deepEqual(
    unknown
      .replace(/^.* no effect: /, '')
      .split(', ')
      .sort(),
    [
      'meter_provider.mode',
      'meter_provider.readers[0].push_new',
      'meter_provider.readers[1].pull.cadence',
      'meter_provider.readers[1].pull.exporter.prometheus/development.style',
      'meter_provider.views[0] (because of its aggregation)',
      'meter_provider.views[0].stream.aggregation.new_aggregation',
      'meter_provider.views[1].selector.pattern',
      'novelty',
      'resource.attributes[0].source',
    ],
  );
});

test('an empty list counts as none, as in release candidates of the schema', (t) => {
  const { config, texts } = declare(
    t,
    `file_format: "1.0-rc.2"
meter_provider:
  readers: [{ periodic: { exporter: { otlp_http: { headers: [] } } } }]`,
  );
  assert.deepEqual([changes(config), texts], [{ exporters: ['otlp'] }, []]);
});

test('a fault in a part for other readers of the file changes nothing', (t) => {
  const { config, texts } = declare(
    t,
    `${PULL}            port: 9500
tracer_provider: { sampler: { new_sampler: }, unknown: 1, processors: none }
logger_provider: 3
propagator: { composite_list: [] }
attribute_limits: { attribute_count_limit: -1 }
instrumentation/development: { general: { http: [], sanitization: 1 }, js: off }
distribution: { acme: 1 }
`,
  );
  assert.deepEqual(changes(config), { port: 9500 });
  assert.deepEqual(texts, [
    'OTEL_CONFIG_FILE names FILE, which asks for what pitot does not do, which has no effect: ' +
      'instrumentation/development.js, instrumentation/development.general.sanitization',
  ]);
});

test('a configuration file that is not there switches pitot off and says so', () => {
  const { config, faults } = readConfig({}, { OTEL_CONFIG_FILE: '/no/such.yaml' });
  assert.equal(config.disabled, true);
  assert.match(
    formatFaults(faults),
    /^pitot: OTEL_CONFIG_FILE names \/no\/such\.yaml, which cannot be used: ENOENT/,
  );
});

test('without a meter_provider nothing is measured, as the specification has it, and that is said', (t) => {
  const yaml = 'file_format: "1.1"\ndisabled: false\npropagator: { composite_list: baggage }';
  const { config, texts } = declare(t, yaml);
  assert.deepEqual(changes(config), { disabled: true });
  assert.deepEqual(texts, [
    'OTEL_CONFIG_FILE names FILE, which has no meter_provider, so that nothing is measured',
  ]);
});

test('a newer minor version is read, and it is said that not all may be understood', (t) => {
  const { config, texts } = declare(t, PULL.replace('1.1', '1.9'));
  assert.deepEqual(changes(config), {});
  assert.deepEqual(texts, [
    'OTEL_CONFIG_FILE names FILE, which has the format 1.9, and what is newer than 1.1 in it is not understood',
  ]);
});

/** A file for all signals. pitot has to read `meter_provider` and leave the rest alone. */
const ALL_SIGNALS = `
file_format: "1.1"
propagator: { composite: [{ tracecontext: }, { baggage: }] }
resource:
  attributes_list: \${OTEL_RESOURCE_ATTRIBUTES}
  detection/development: { detectors: [{ service: }, { host: }, { process: }, { container: }] }
tracer_provider:
  sampler: { parent_based: { root: { always_on: } } }
  processors: [{ batch: { exporter: { otlp_http: { endpoint: "http://collector:4318/v1/traces" } } } }]
meter_provider:
  readers: [{ periodic: { exporter: { otlp_http: { endpoint: "\${COLLECTOR:-http://localhost:4318}/v1/metrics" } } } }]
logger_provider:
  processors: [{ batch: { exporter: { otlp_http: { endpoint: "http://collector:4318/v1/logs" } } } }]
`;

test('a file that configures all signals is read, with the name from OTEL_SERVICE_NAME by its service detector', (t) => {
  const { config, texts } = declare(t, ALL_SIGNALS, { env: { OTEL_SERVICE_NAME: 'checkout' } });
  assert.deepEqual(
    [config.serviceName, config.exporters, config.otlpEndpoint],
    ['checkout', ['otlp'], 'http://localhost:4318/v1/metrics'],
  );
  assert.deepEqual(texts, [
    'OTEL_CONFIG_FILE names FILE, which asks for what pitot does not do, which has no effect: ' +
      'resource.detection/development.detectors[3].container',
  ]);
});

/** A file for a migration: every value is a variable's that pitot reads without a file, or its default. */
const FROM_VARIABLES = `
file_format: "1.1"
disabled: \${OTEL_SDK_DISABLED:-false}
log_level: info
attribute_limits:
  attribute_value_length_limit: \${OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT}
  attribute_count_limit: \${OTEL_ATTRIBUTE_COUNT_LIMIT:-128}
resource:
  attributes: [{ name: service.name, value: "\${OTEL_SERVICE_NAME:-unknown_service}" }]
  attributes_list: \${OTEL_RESOURCE_ATTRIBUTES}
meter_provider:
  exemplar_filter: \${OTEL_METRICS_EXEMPLAR_FILTER:-trace_based}
  readers:
    - periodic:
        interval: \${OTEL_METRIC_EXPORT_INTERVAL:-60000}
        timeout: \${OTEL_METRIC_EXPORT_TIMEOUT:-30000}
        exporter:
          otlp_http:
            endpoint: \${OTEL_EXPORTER_OTLP_ENDPOINT:-http://localhost:4318}/v1/metrics
            headers_list: \${OTEL_EXPORTER_OTLP_METRICS_HEADERS}
            compression: \${OTEL_EXPORTER_OTLP_METRICS_COMPRESSION:-gzip}
            timeout: \${OTEL_EXPORTER_OTLP_METRICS_TIMEOUT:-10000}
            tls:
              ca_file: \${OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE}
            temporality_preference: \${OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE:-cumulative}
            default_histogram_aggregation: \${OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION:-explicit_bucket_histogram}
instrumentation/development:
  general:
    stability_opt_in_list: \${OTEL_SEMCONV_STABILITY_OPT_IN}
`;

test('a file whose values are variables takes them from the environment, and the defaults it names', (t) => {
  setVariables(t, {
    OTEL_SERVICE_NAME: 'checkout',
    OTEL_RESOURCE_ATTRIBUTES: 'team=blue',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_METRIC_EXPORT_INTERVAL: '15000',
    OTEL_METRIC_EXPORT_TIMEOUT: '5000',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'api-key=1234',
  });
  const { config, texts } = declare(t, FROM_VARIABLES);
  assert.deepEqual(texts, []);
  assert.deepEqual(changes(config), {
    serviceName: 'checkout',
    resourceAttributes: { 'service.name': 'checkout', team: 'blue' },
    exporters: ['otlp'],
    otlpEndpoint: 'http://collector:4318/v1/metrics',
    otlpCompression: 'gzip',
    otlpHeaders: { 'api-key': '1234' },
    exportInterval: 15_000,
    exportTimeout: 5000,
  });
});

test('the file that the documentation shows is read without a fault', (t) => {
  const page = readFileSync(join(REPOSITORY, 'docs/configuration-file.md'), 'utf8');
  const [, yaml = ''] = /^```yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const { config, texts } = declare(t, yaml);
  assert.deepEqual(texts, []);
  assert.deepEqual([config.serviceName, config.exporters], ['checkout', ['prometheus', 'otlp']]);
});
