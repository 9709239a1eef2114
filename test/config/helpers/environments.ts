import type { SettingOptions } from '../../../src/config/settings/boot-options.ts';
import type { Config } from '../../../src/config/settings/table.ts';

/** An environment, and what comes of it: values other than the defaults, and the faults' texts. */
interface Example {
  readonly what: string;
  readonly env: Readonly<Record<string, string>>;
  readonly options?: SettingOptions;
  readonly config: Partial<Config>;
  readonly faults?: readonly string[];
}

/** The configuration without any setting. */
export const DEFAULTS: Config = {
  configFile: undefined,
  disabled: false,
  serviceName: 'unknown_service:node',
  resourceAttributes: { 'service.name': 'unknown_service:node' },
  logLevel: 'INFO',
  exporters: ['prometheus'],
  host: 'localhost',
  port: 9464,
  scopeLabels: true,
  defaultMetrics: 'opentelemetry',
  translationStrategy: 'UnderscoreEscapingWithSuffixes',
  http: 'native',
  httpKnownMethods: undefined,
  httpExcludedPaths: [],
  httpTrustProxy: false,
  webSockets: [],
  promClient: 'keep',
  processes: 'merge',
  gaugeMerge: {},
  forwardFrom: 'each',
  targetsDirectory: undefined,
  createdSeries: false,
  classicBuckets: true,
  webConfigFile: undefined,
  webConfig: undefined,
  bearerTokenFile: undefined,
  page: 'on',
  pprof: false,
  openHealth: false,
  corsOrigins: [],
  allowedHosts: [],
  scrapeTimeout: 10_000,
  maxScrapes: 10,
  scrapeCache: 0,
  readyStall: 5000,
  sources: undefined,
  disabledSources: [],
  seriesLimit: 2000,
  seriesLimits: {},
  seriesIdle: {},
  redact: {},
  redactKey: undefined,
  exponentialHistograms: [],
  views: [],
  exemplarFilter: 'trace_based',
  stallCauses: true,
  stallThreshold: 1000,
  exportInterval: 60_000,
  exportTimeout: 30_000,
  flushTimeout: 2000,
  otlpProtocol: 'http/protobuf',
  otlpEndpoint: 'http://localhost:4318/v1/metrics',
  otlpHeaders: {},
  otlpTimeout: 10_000,
  otlpCompression: 'none',
  otlpCertificate: undefined,
  otlpClientKey: undefined,
  otlpClientCertificate: undefined,
  otlpInsecure: false,
  temporality: 'cumulative',
  histogramAggregation: 'explicit_bucket_histogram',
  pushgatewayUrl: 'http://localhost:9091/',
  pushgatewayGrouping: {},
  pushgatewayAtExit: 'keep',
  remoteWriteUrl: 'http://localhost:9090/api/v1/write',
  remoteWriteHeaders: {},
  observeTimeout: 250,
  signals: 'flush',
};

export const GOOD: readonly Example[] = [
  { what: 'nothing at all', env: {}, config: {} },
  {
    what: 'empty and blank variables, which count as unset',
    env: {
      OTEL_SERVICE_NAME: '',
      OTEL_EXPORTER_PROMETHEUS_PORT: '  ',
      OTEL_SDK_DISABLED: '',
      PITOT_UNHEARD_OF: '',
    },
    config: {},
  },
  {
    what: 'a secured endpoint that scripts of two origins may read',
    env: {
      PITOT_WEB_CONFIG_FILE: '/etc/pitot/web.yml',
      PITOT_BEARER_TOKEN_FILE: 'tokens',
      PITOT_OPEN_HEALTH: 'true',
      PITOT_CORS_ORIGINS: 'https://graphs.example, http://localhost:3000/',
    },
    config: {
      webConfigFile: '/etc/pitot/web.yml',
      bearerTokenFile: 'tokens',
      openHealth: true,
      corsOrigins: ['https://graphs.example', 'http://localhost:3000'],
    },
  },
  {
    what: 'an endpoint behind a proxy on the same machine',
    env: { PITOT_ALLOWED_HOSTS: 'Metrics.example, shop-1' },
    config: { allowedHosts: ['metrics.example', 'shop-1'] },
  },
  {
    what: 'a web configuration as an object',
    env: {},
    options: { webConfig: { http_server_config: { http2: false } }, corsOrigins: ['*'] },
    config: { webConfig: { http_server_config: { http2: false } }, corsOrigins: ['*'] },
  },
  {
    what: 'a service behind a Collector',
    env: {
      OTEL_SERVICE_NAME: 'checkout',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=1.2.3,deployment.environment.name=production',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      OTEL_METRIC_EXPORT_TIMEOUT: '5000',
    },
    config: {
      serviceName: 'checkout',
      resourceAttributes: {
        'service.version': '1.2.3',
        'deployment.environment.name': 'production',
        'service.name': 'checkout',
      },
      exporters: ['prometheus', 'otlp'],
      otlpEndpoint: 'http://collector:4318/v1/metrics',
      otlpHeaders: { authorization: 'Bearer abc' },
      otlpCompression: 'gzip',
      exportInterval: 15_000,
      exportTimeout: 5000,
    },
  },
  {
    what: 'white space around values, and values in any case',
    env: {
      OTEL_SDK_DISABLED: ' True ',
      OTEL_EXPORTER_PROMETHEUS_PORT: ' 0 ',
      OTEL_METRICS_EXPORTER: ' OTLP , console,, otlp',
      OTEL_LOG_LEVEL: 'debug',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'LowMemory',
      PITOT_SCOPE_LABELS: 'FALSE',
      PITOT_DEFAULT_METRICS: 'prom-client',
      PITOT_PROM_CLIENT: 'Replace',
      PITOT_TRANSLATION_STRATEGY: 'notranslation',
      PITOT_SIGNALS: 'Leave',
    },
    config: {
      disabled: true,
      port: 0,
      exporters: ['otlp', 'console'],
      logLevel: 'DEBUG',
      temporality: 'lowmemory',
      scopeLabels: false,
      defaultMetrics: 'prom-client',
      promClient: 'replace',
      translationStrategy: 'NoTranslation',
      signals: 'leave',
    },
  },
  {
    what: 'service.name among the resource attributes, percent-encoded',
    env: { OTEL_RESOURCE_ATTRIBUTES: 'service.name=caf%C3%A9,team=a%2Cb%3Dc,' },
    config: { serviceName: 'café', resourceAttributes: { 'service.name': 'café', team: 'a,b=c' } },
  },
  {
    what: 'OTEL_SERVICE_NAME over service.name among the resource attributes',
    env: { OTEL_SERVICE_NAME: 'named', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' },
    config: { serviceName: 'named', resourceAttributes: { 'service.name': 'named' } },
  },
  {
    what: "the metrics' own variables over those of all signals, the endpoint as it is",
    env: {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all:4318',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics.example/custom?tenant=7',
      OTEL_EXPORTER_OTLP_TIMEOUT: '1',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '2',
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Both=general,X-General=1',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-both=metrics,token=a=b==',
    },
    config: {
      otlpProtocol: 'http/json',
      otlpEndpoint: 'https://metrics.example/custom?tenant=7',
      otlpTimeout: 2,
      otlpHeaders: { 'x-both': 'metrics', 'x-general': '1', token: 'a=b==' },
    },
  },
  {
    what: "a metrics' endpoint without a path, which means the root path",
    env: { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector:4318' },
    config: { otlpEndpoint: 'http://collector:4318/' },
  },
  {
    what: 'an endpoint for all signals with a path and a query',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://gateway.example/otel/?key=1' },
    config: { otlpEndpoint: 'https://gateway.example/otel/v1/metrics?key=1' },
  },
  {
    what: 'gRPC, with its own default endpoint',
    env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    config: { otlpProtocol: 'grpc', otlpEndpoint: 'http://localhost:4317' },
  },
  {
    what: 'a gRPC target without a scheme',
    env: {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
    },
    config: { otlpProtocol: 'grpc', otlpEndpoint: 'collector:4317', otlpInsecure: true },
  },
  {
    what: 'a gRPC URL, whose scheme and address count',
    env: {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'HTTPS://u:p@Collector:4317/path',
    },
    config: { otlpProtocol: 'grpc', otlpEndpoint: 'https://collector:4317' },
  },
  {
    what: 'a short interval, which shortens the default of the timeout without a word',
    env: { OTEL_METRIC_EXPORT_INTERVAL: '1000' },
    config: { exportInterval: 1000, exportTimeout: 1000 },
  },
  {
    what: 'no limit to an export, which is as long as the interval',
    env: { OTEL_METRIC_EXPORT_TIMEOUT: '0' },
    config: { exportTimeout: 60_000 },
  },
  { what: 'no exporter', env: { OTEL_METRICS_EXPORTER: 'none' }, config: { exporters: [] } },
  {
    what: 'an exporter of pitot, where those of another SDK are silenced',
    env: { OTEL_METRICS_EXPORTER: 'none', PITOT_METRICS_EXPORTER: 'prometheus' },
    config: { exporters: ['prometheus'] },
  },
  {
    what: 'instrumentations of other packages among those named',
    env: {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,fastify,host-metrics',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'koa',
    },
    config: { sources: ['http', 'host-metrics'] },
  },
  {
    what: "sources of pitot's, beside what the official instrumentations are told",
    env: {
      PITOT_SOURCES: 'http,ws',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg',
      PITOT_DISABLED_SOURCES: 'none',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http',
    },
    config: { sources: ['http', 'ws'] },
  },
  {
    what: 'only instrumentations of other packages',
    env: { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'fastify' },
    config: { sources: [] },
  },
  {
    what: 'what guards the instruments',
    env: {
      PITOT_SERIES_LIMITS: 'shop.orders=5000,http.*=500',
      PITOT_SERIES_IDLE: '*=3600000',
      PITOT_REDACT: 'user.id=hash, http.*:url.path=DROP,api_key=keep',
      PITOT_REDACT_KEY: 'pepper',
      PITOT_EXPONENTIAL_HISTOGRAMS: '*.duration, sizes,',
      OTEL_METRICS_EXEMPLAR_FILTER: 'ALWAYS_OFF',
    },
    options: {
      seriesLimits: { 'http.*': 600 },
      redact: { client: { alias: { 'key-1': 'acme' } } },
    },
    config: {
      seriesLimits: { 'http.*': 600, 'shop.orders': 5000 },
      seriesIdle: { '*': 3_600_000 },
      redact: {
        client: { alias: { 'key-1': 'acme' } },
        'user.id': 'hash',
        'http.*:url.path': 'drop',
        api_key: 'keep',
      },
      redactKey: 'pepper',
      exponentialHistograms: ['*.duration', 'sizes'],
      exemplarFilter: 'always_off',
    },
  },
  {
    what: 'options over the environment, undefined ones not counting',
    options: { port: 9000, host: undefined, exporters: [], otlpEndpoint: 'http://option:4318/v1/metrics' },
    env: {
      OTEL_EXPORTER_PROMETHEUS_PORT: '9100',
      OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://variable:4318',
    },
    config: {
      port: 9000,
      host: '0.0.0.0',
      exporters: [],
      otlpEndpoint: 'http://option:4318/v1/metrics',
    },
  },
  {
    what: "an option's attributes and headers beside the environment's",
    options: { resourceAttributes: { team: 'blue', 'service.name': 'mine' }, otlpHeaders: { A: 'option' } },
    env: {
      OTEL_SERVICE_NAME: 'theirs',
      OTEL_RESOURCE_ATTRIBUTES: 'team=red,region=eu',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=variable,b=variable',
    },
    config: {
      serviceName: 'mine',
      resourceAttributes: { team: 'blue', region: 'eu', 'service.name': 'mine' },
      otlpHeaders: { a: 'option', b: 'variable' },
    },
  },
  ...(['always_on', 'always_off', 'trace_based'] as const).map((exemplarFilter) => ({
    what: `exemplars by the filter ${exemplarFilter}`,
    env: { OTEL_METRICS_EXEMPLAR_FILTER: exemplarFilter },
    config: { exemplarFilter },
  })),
];

export const BAD: readonly Example[] = [
  {
    what: 'values of the wrong kind, all reported together',
    env: {
      OTEL_SDK_DISABLED: '1',
      OTEL_LOG_LEVEL: 'loud',
      OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
      PITOT_SERIES_LIMIT: '-5',
      OTEL_METRIC_EXPORT_INTERVAL: '1e3',
      PITOT_FLUSH_TIMEOUT: '2s',
    },
    config: {},
    faults: [
      'OTEL_SDK_DISABLED is "1", but must be true or false; using false',
      'OTEL_LOG_LEVEL is "loud", but must be one of NONE, ERROR, WARN, INFO, DEBUG, VERBOSE, ALL; using the default, INFO',
      'OTEL_EXPORTER_PROMETHEUS_PORT is "70000", but must be an integer from 0 to 65535, or none; using the default, 9464',
      'PITOT_SERIES_LIMIT is "-5", but must be an integer from 1 to 2147483647; using the default, 2000',
      'OTEL_METRIC_EXPORT_INTERVAL is "1e3", but must be an integer of milliseconds from 1 to 2147483647; using the default, 60000',
      'PITOT_FLUSH_TIMEOUT is "2s", but must be an integer of milliseconds from 0 to 2147483647; using the default, 2000',
    ],
  },
  {
    what: 'a value other than true for a setting that is true by default',
    env: { PITOT_SCOPE_LABELS: 'yes' },
    config: { scopeLabels: false },
    faults: ['PITOT_SCOPE_LABELS is "yes", but must be true or false; using false'],
  },
  {
    what: 'an exporter that does not exist beside one that does',
    env: { OTEL_METRICS_EXPORTER: 'otlp,statsd' },
    config: { exporters: ['otlp'] },
    faults: [
      'OTEL_METRICS_EXPORTER is "otlp,statsd", but must be a list of prometheus, otlp, pushgateway, remote_write, console, none; using otlp',
    ],
  },
  {
    what: 'an exporter that does not exist',
    env: { OTEL_METRICS_EXPORTER: 'statsd' },
    config: {},
    faults: [
      'OTEL_METRICS_EXPORTER is "statsd", but must be a list of prometheus, otlp, pushgateway, remote_write, console, none; using the default, prometheus',
    ],
  },
  {
    what: 'none beside another exporter',
    env: { OTEL_METRICS_EXPORTER: 'none,otlp' },
    config: { exporters: [] },
    faults: [
      'OTEL_METRICS_EXPORTER is "none,otlp", but must be a list without none, or none alone; using none',
    ],
  },
  {
    what: 'a timeout above the interval',
    env: { OTEL_METRIC_EXPORT_INTERVAL: '10000', OTEL_METRIC_EXPORT_TIMEOUT: '20000' },
    config: { exportInterval: 10_000, exportTimeout: 10_000 },
    faults: [
      'OTEL_METRIC_EXPORT_TIMEOUT is "20000", but must be at most the export interval, 10000; using 10000',
    ],
  },
  {
    what: 'resource attributes with a broken one, which discards all',
    env: { OTEL_RESOURCE_ATTRIBUTES: 'team=red,broken' },
    config: {},
    faults: [
      'OTEL_RESOURCE_ATTRIBUTES is "team=red,broken", but must be percent-encoded key=value pairs separated by commas; using the default, service.name=unknown_service:node',
    ],
  },
  {
    what: "a metrics' variable that cannot be used above one for all signals that can",
    env: { OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'zstd', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' },
    config: { otlpCompression: 'gzip' },
    faults: [
      'OTEL_EXPORTER_OTLP_METRICS_COMPRESSION is "zstd", but must be one of none, gzip; using gzip from OTEL_EXPORTER_OTLP_COMPRESSION',
    ],
  },
  {
    what: 'an endpoint without a scheme, which only gRPC can have',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    config: {},
    faults: [
      'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318", but must be a URL beginning with http:// or https:// (with grpc also host:port or unix://path); using the default, http://localhost:4318/v1/metrics',
    ],
  },
  {
    what: 'an endpoint that holds a password, which is not shown',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://user:hunter2@collector' },
    config: {},
    faults: [
      'OTEL_EXPORTER_OTLP_ENDPOINT has a value that is not shown here, but must be a URL beginning with http:// or https:// (with grpc also host:port or unix://path); using the default, http://localhost:4318/v1/metrics',
    ],
  },
  {
    what: 'headers that cannot be sent, which are not shown',
    env: {
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'token=hunter2%0A',
      OTEL_EXPORTER_OTLP_HEADERS: 'token=hunter3',
    },
    config: { otlpHeaders: { token: 'hunter3' } },
    faults: [
      'OTEL_EXPORTER_OTLP_METRICS_HEADERS has a value that is not shown here, but must be percent-encoded name=value pairs separated by commas, of valid header names and values; using the value of OTEL_EXPORTER_OTLP_HEADERS',
    ],
  },
  {
    what: 'a client key without its certificate',
    env: { OTEL_EXPORTER_OTLP_CLIENT_KEY: '/etc/client.key' },
    config: {},
    faults: [
      'OTEL_EXPORTER_OTLP_CLIENT_KEY is "/etc/client.key", but must be given together with a client certificate; using the default, none',
    ],
  },
  {
    what: 'host names with a scheme or a port',
    env: { PITOT_ALLOWED_HOSTS: 'http://metrics.example,metrics.example:9464' },
    config: {},
    faults: [
      'PITOT_ALLOWED_HOSTS is "http://metrics.example,metrics.example:9464", but must be a list of host names such as metrics.example, without scheme and port, or *; using the default, none',
    ],
  },
  {
    what: 'origins that are none',
    env: { PITOT_CORS_ORIGINS: 'https://graphs.example/path,graphs.example,null' },
    config: {},
    faults: [
      'PITOT_CORS_ORIGINS is "https://graphs.example/path,graphs.example,null", but must be a list of origins such as https://graphs.example:3000, or *; using the default, none',
    ],
  },
  {
    what: 'a web configuration file that is no path, which keeps the endpoint closed',
    env: {},
    options: { webConfigFile: 5 as never, exporters: ['prometheus', 'otlp'] },
    config: { exporters: ['otlp'] },
    faults: [
      'option webConfigFile is 5, but must be the path of a file, and the endpoint stays off until it is; using the default, none',
    ],
  },
  {
    what: 'a web configuration that is no data, which keeps the endpoint closed and is not shown',
    env: {},
    options: { webConfig: { basic_auth_users: { alice: () => 'hunter2' } } as never },
    config: { exporters: [] },
    faults: [
      'option webConfig has a value that is not shown here, but must be an object of plain data, as the web configuration file holds it, without such a file, and the endpoint stays off until it is; using the default, none',
    ],
  },
  {
    what: 'a web configuration and a file, one more than the endpoint can use',
    env: { PITOT_WEB_CONFIG_FILE: '/etc/pitot/web.yml' },
    options: { webConfig: {} },
    config: { exporters: [], webConfigFile: '/etc/pitot/web.yml' },
    faults: [
      'option webConfig has a value that is not shown here, but must be given without a web configuration file, and the endpoint stays off until it is; using the default, none',
    ],
  },
  {
    what: 'views with faults, which are left out and named',
    env: {},
    options: {
      views: [
        { selector: { instrumentName: 'a' }, aggregation: { boundaries: [1, 2] } },
        { selector: {}, aggregation: { boundaries: [2, 1] } },
        { selector: {}, atributes: {} } as never,
        { name: 'b' } as never,
        'c' as never,
        { selector: { instrumentType: 'sum' } } as never,
        { selector: {}, aggregation: 'average' } as never,
        { selector: { instrumentName: 'http.*' }, name: 'requests' },
        { selector: { meterName: 'm' }, name: 'all' },
        { selector: { instrumentType: 'observableGauge' }, aggregation: 'explicit' },
        { selector: {}, attributes: { included: 'a' } } as never,
        { selector: {}, exemplarReservoir: { size: 0 } },
        { selector: {}, exemplarReservoir: 'latest' } as never,
        { selector: { instrumentType: 'gauge' }, exemplarReservoir: { size: 1 } },
        { selector: undefined } as never,
        { selector: {}, aggregation: { boundaries: undefined } } as never,
      ],
    },
    config: { views: [{ selector: { instrumentName: 'a' }, aggregation: { boundaries: [1, 2] } }] },
    faults: [
      'option views is [an object, an object, an object, an object, "c", an object, an object, an object, an object, an object, an object, an o…, but must be a list of views, each { selector, name?, description?, aggregation?, seriesLimit?, attributes?, exemplarReservoir? }: ' +
        'views[1].aggregation.boundaries must be finite numbers in ascending order; ' +
        'views[2].atributes is not known; known are selector, name, description, aggregation, seriesLimit, attributes, exemplarReservoir; ' +
        'views[3].selector is missing; ' +
        'views[4] must be an object; ' +
        'views[5].selector.instrumentType must be one of counter, upDownCounter, histogram, gauge, observableCounter, observableUpDownCounter, observableGauge; ' +
        'views[6].aggregation must be one of default, drop, sum, lastValue, exponential, explicit; ' +
        'views[7].name would give several instruments one name: its selector needs an instrumentName without wildcards; ' +
        'views[8].name would give several instruments one name: its selector needs an instrumentName without wildcards; ' +
        'views[9].aggregation is a histogram, which the callbacks of an observableGauge cannot fill; ' +
        'views[10].attributes.included must be a list of patterns; ' +
        'views[11].exemplarReservoir.size must be an integer from 1 to 100; ' +
        "views[12].exemplarReservoir must be 'none', { size } or { boundaries }; " +
        'views[13].exemplarReservoir is for counters and histograms; gauge metrics have no exemplars; ' +
        'views[14].selector is missing; ' +
        'views[15].aggregation.boundaries is missing; ' +
        'using 1 of them',
    ],
  },
  {
    what: 'guards that are none',
    env: {
      PITOT_SERIES_LIMITS: 'shop.orders=0',
      PITOT_SERIES_IDLE: '*=1h',
      PITOT_REDACT: 'user.id=hide',
    },
    config: {},
    faults: [
      'PITOT_SERIES_LIMITS is "shop.orders=0", but must be percent-encoded name=limit pairs separated by commas, each limit an integer from 1 to 2147483647; using the default, none',
      'PITOT_SERIES_IDLE is "*=1h", but must be percent-encoded name=milliseconds pairs separated by commas, each milliseconds an integer from 0 to 2147483647; using the default, none',
      'PITOT_REDACT is "user.id=hide", but must be percent-encoded attribute=action or instrument:attribute=action pairs separated by commas, each action one of keep, drop, redact, hash (as an option also { alias: { … } }); using the default, none',
    ],
  },
  {
    what: "variables with pitot's prefix that it does not know",
    env: { PITOT_SIGNAL: 'flush', PITOT_COLOUR: 'blue' },
    config: {},
    faults: [
      'environment variable PITOT_SIGNAL is not a setting of pitot and is ignored; did you mean PITOT_SIGNALS?',
      'environment variable PITOT_COLOUR is not a setting of pitot and is ignored; known are PITOT_METRICS_EXPORTER, PITOT_SCOPE_LABELS, PITOT_TRANSLATION_STRATEGY, PITOT_DEFAULT_METRICS, PITOT_CREATED_SERIES, PITOT_CLASSIC_BUCKETS, PITOT_WEB_CONFIG_FILE, PITOT_BEARER_TOKEN_FILE, PITOT_PAGE, PITOT_PPROF, PITOT_OPEN_HEALTH, PITOT_CORS_ORIGINS, PITOT_ALLOWED_HOSTS, PITOT_SCRAPE_TIMEOUT, PITOT_MAX_SCRAPES, PITOT_SCRAPE_CACHE, PITOT_READY_STALL, PITOT_PROCESSES, PITOT_GAUGE_MERGE, PITOT_FORWARD_FROM, PITOT_TARGETS_DIRECTORY, PITOT_HTTP, PITOT_HTTP_EXCLUDED_PATHS, PITOT_HTTP_TRUST_PROXY, PITOT_WEBSOCKETS, PITOT_PROM_CLIENT, PITOT_SOURCES, PITOT_DISABLED_SOURCES, PITOT_SERIES_LIMIT, PITOT_SERIES_LIMITS, PITOT_SERIES_IDLE, PITOT_REDACT, PITOT_REDACT_KEY, PITOT_EXPONENTIAL_HISTOGRAMS, PITOT_STALL_CAUSES, PITOT_STALL_THRESHOLD, PITOT_FLUSH_TIMEOUT, PITOT_PUSHGATEWAY_URL, PITOT_PUSHGATEWAY_GROUPING, PITOT_PUSHGATEWAY_AT_EXIT, PITOT_REMOTE_WRITE_URL, PITOT_REMOTE_WRITE_HEADERS, PITOT_OBSERVE_TIMEOUT, PITOT_SIGNALS',
    ],
  },
];
