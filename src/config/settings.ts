import { BEAT_INTERVAL } from '../vitals/vital-signs.ts';
import { endpoint, HTTP_ENDPOINT } from './endpoint.ts';
import { gaugeRules } from './gauge-rules.ts';
import { namePatterns, numbersByPattern, redactions } from './guard-kinds.ts';
import { choice, choices, flag, integer, LONGEST, milliseconds, namesAmong, text } from './kinds.ts';
import { attributePairs, headerPairs } from './pairs.ts';
import { origins, securingFile, webConfigObject } from './security-kinds.ts';
import { type Setting, setting } from './setting.ts';

/** Both variables of an OTLP setting: that of metrics wins over that of all signals. */
function otlp(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/** Short names of what pitot can instrument, as in OTEL_NODE_ENABLED_INSTRUMENTATIONS. */
const INSTRUMENTATIONS = [
  'http',
  'express',
  'pg',
  'mysql2',
  'mongodb',
  'redis',
  'ioredis',
  'better-sqlite3',
  'node-sqlite',
  'errors',
  'runtime-node',
  'host-metrics',
] as const;

/**
 * The table of settings. Everything else about a setting follows from its entry: its place in `Config` and
 * `BootOptions`, how it is read and checked, and its row in docs/settings.md.
 */
export const SETTINGS = {
  disabled: setting({
    group: 'General',
    variables: ['OTEL_SDK_DISABLED'],
    kind: flag(),
    default: false,
    meaning: 'Switches pitot off: nothing is measured, served or forwarded.',
  }),
  serviceName: setting({
    group: 'General',
    variables: ['OTEL_SERVICE_NAME'],
    kind: text(),
    default: 'unknown_service:node',
    meaning: "Name of the service; wins over `service.name` among the resource attributes' variable.",
  }),
  resourceAttributes: setting({
    group: 'General',
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    kind: attributePairs(),
    default: {},
    defaultText: 'none',
    meaning:
      "Attributes of the service as a whole; an option's attributes are added to the variable's and win.",
  }),
  logLevel: setting({
    group: 'General',
    variables: ['OTEL_LOG_LEVEL'],
    kind: choice(['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL']),
    default: 'INFO',
    meaning: 'How much pitot and the OpenTelemetry libraries in it say about themselves.',
  }),
  exporters: setting({
    group: 'General',
    variables: ['OTEL_METRICS_EXPORTER'],
    kind: choices(['prometheus', 'otlp', 'console', 'none']),
    default: ['prometheus'],
    meaning:
      'Where metrics go: served for Prometheus, sent over OTLP, printed on standard output, or (`none`, alone) nowhere.',
  }),
  host: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    kind: text('host name or address'),
    default: 'localhost',
    meaning: 'Where the endpoint listens; `localhost` means both 127.0.0.1 and ::1.',
  }),
  port: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    kind: integer(0, 65535),
    default: 9464,
    meaning: 'Port of the endpoint; 0 takes a free one and says which.',
  }),
  scopeLabels: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCOPE_LABELS'],
    kind: flag(),
    default: true,
    meaning: 'Whether series carry the labels `otel_scope_name`, `otel_scope_version` and so on.',
  }),
  translationStrategy: setting({
    group: 'Endpoint',
    variables: ['PITOT_TRANSLATION_STRATEGY'],
    kind: choice([
      'UnderscoreEscapingWithSuffixes',
      'UnderscoreEscapingWithoutSuffixes',
      'NoUTF8EscapingWithSuffixes',
      'NoTranslation',
    ]),
    default: 'UnderscoreEscapingWithSuffixes',
    meaning:
      "How names become Prometheus' names: with dots and the like as underscores or not (for scrapers that ask for `escaping=allow-utf-8`), with unit and `_total` or not (docs/endpoint.md).",
  }),
  createdSeries: setting({
    group: 'Endpoint',
    variables: ['PITOT_CREATED_SERIES'],
    kind: flag(),
    default: true,
    meaning:
      'Whether OpenMetrics has `_created` samples, which say since when counters and histograms have counted and which Prometheus stores as series of their own.',
  }),
  classicBuckets: setting({
    group: 'Endpoint',
    variables: ['PITOT_CLASSIC_BUCKETS'],
    kind: flag(),
    default: true,
    meaning:
      'Whether native histograms have classic buckets beside them in the protobuf format, for scrapers that are set to take both.',
  }),
  webConfigFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_WEB_CONFIG_FILE'],
    kind: securingFile(),
    default: undefined,
    meaning:
      "Web configuration file as of Prometheus' exporters: TLS, users and their passwords, headers, rate limit (docs/security.md).",
  }),
  webConfig: setting({
    group: 'Endpoint',
    variables: [],
    kind: webConfigObject(),
    default: undefined,
    secret: true,
    meaning: 'What the web configuration file holds, as an object.',
  }),
  bearerTokenFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_BEARER_TOKEN_FILE'],
    kind: securingFile(),
    default: undefined,
    meaning: 'File of the bearer tokens that are let in, one a line.',
  }),
  page: setting({
    group: 'Endpoint',
    variables: ['PITOT_PAGE'],
    kind: choice(['on', 'off']),
    default: 'on',
    meaning: 'Whether browsers are shown a live page at `/`, and `pitot top` can be used.',
  }),
  openHealth: setting({
    group: 'Endpoint',
    variables: ['PITOT_OPEN_HEALTH'],
    kind: flag(),
    default: false,
    meaning: 'Whether `/livez` and `/readyz` answer everybody, also where the metrics do not.',
  }),
  corsOrigins: setting({
    group: 'Endpoint',
    variables: ['PITOT_CORS_ORIGINS'],
    kind: origins(),
    default: [],
    defaultText: 'none',
    meaning: 'Origins whose scripts may read the metrics in a browser.',
  }),
  scrapeTimeout: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_TIMEOUT'],
    kind: milliseconds(1),
    default: 10_000,
    meaning: 'Longest time for a scrape whose client does not say how long it waits, as Prometheus does.',
  }),
  maxScrapes: setting({
    group: 'Endpoint',
    variables: ['PITOT_MAX_SCRAPES'],
    kind: integer(1, 1000),
    default: 10,
    meaning: 'Scrapes at the same time; what goes beyond is answered with 503.',
  }),
  scrapeCache: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_CACHE'],
    kind: milliseconds(0),
    default: 0,
    meaning:
      'Time for which what was collected for one scrape is served to others as well; 0 collects for each.',
  }),
  readyStall: setting({
    group: 'Endpoint',
    variables: ['PITOT_READY_STALL'],
    kind: milliseconds(BEAT_INTERVAL),
    default: 5000,
    meaning: "Time for which the main thread's event loop may be stuck before `/readyz` answers 503.",
  }),
  processes: setting({
    group: 'Several processes',
    variables: ['PITOT_PROCESSES'],
    kind: choice(['merge', 'separate', 'off']),
    default: 'merge',
    meaning:
      "What the processes of one service do with one endpoint: serve it together, with their numbers merged (`merge`; not with port 0), have a port each, counted from the endpoint's (`separate`), or know nothing of each other (`off`; the first one has the endpoint).",
  }),
  gaugeMerge: setting({
    group: 'Several processes',
    variables: ['PITOT_GAUGE_MERGE'],
    kind: gaugeRules(),
    default: {},
    defaultText: 'none',
    meaning:
      'Rules by which gauges of several processes become one series, by the names of the instruments: `sum`, `max`, `min`, `mean` or `last`. A gauge without a rule has a series for each process.',
  }),
  forwardFrom: setting({
    group: 'Several processes',
    variables: ['PITOT_FORWARD_FROM'],
    kind: choice(['each', 'host']),
    default: 'each',
    meaning:
      'Which processes forward: each its own numbers, under its own `service.instance.id`, or the one that serves the endpoint those of all, merged (cumulative temporality only).',
  }),
  targetsDirectory: setting({
    group: 'Several processes',
    variables: ['PITOT_TARGETS_DIRECTORY'],
    kind: text('path'),
    default: undefined,
    meaning:
      "With `separate`: a directory in which every process has a file with its target, for Prometheus' `file_sd_configs`.",
  }),
  http: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP'],
    kind: choice(['lean', 'official', 'off']),
    default: undefined,
    defaultText: '`official` where a tracer provider is registered at the start, else `lean`',
    meaning:
      'What measures HTTP: pitot for metrics alone (`lean`), the official instrumentations of HTTP and Express, which serve traces too (`official`), or nothing (`off`).',
  }),
  httpKnownMethods: setting({
    group: 'What is measured',
    variables: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    kind: namePatterns('methods'),
    default: undefined,
    defaultText: 'CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE',
    meaning: 'The HTTP methods that are recorded by name, case-sensitive; every other is `_OTHER`.',
  }),
  httpExcludedPaths: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP_EXCLUDED_PATHS'],
    kind: namePatterns('paths'),
    default: [],
    defaultText: 'none',
    meaning: 'Requests to a server whose path matches one of these are not measured (with `lean`).',
  }),
  enabledInstrumentations: setting({
    group: 'What is measured',
    variables: ['OTEL_NODE_ENABLED_INSTRUMENTATIONS'],
    kind: namesAmong(INSTRUMENTATIONS),
    default: undefined,
    defaultText: 'all',
    meaning:
      'The only automatic sources to use; names in the variable that pitot does not know are left to others.',
  }),
  disabledInstrumentations: setting({
    group: 'What is measured',
    variables: ['OTEL_NODE_DISABLED_INSTRUMENTATIONS'],
    kind: namesAmong(INSTRUMENTATIONS),
    default: [],
    defaultText: 'none',
    meaning:
      'Automatic sources to leave out, also of those enabled; names in the variable are treated likewise.',
  }),
  seriesLimit: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMIT'],
    kind: integer(1, LONGEST),
    default: 2000,
    meaning: 'How many series one instrument may have; what goes beyond is counted in one overflow series.',
  }),
  seriesLimits: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMITS'],
    kind: numbersByPattern('limit', 1),
    default: {},
    defaultText: 'none',
    meaning:
      'The same for single instruments, by patterns of their names; the first that matches counts, also over a contract.',
  }),
  seriesIdle: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_IDLE'],
    kind: numbersByPattern('milliseconds', 0),
    default: {},
    defaultText: 'none',
    meaning:
      'Times after which series that nothing is recorded into are removed, by patterns of the names of instruments. `*` alone stands for gauges and for up-down counters that are at 0; counters and histograms, which begin anew when they come back, must be named.',
  }),
  redact: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT'],
    kind: redactions(),
    default: {},
    defaultText: 'none',
    meaning:
      'What becomes of values of attributes before they are stored: kept, the attribute left out (`drop`), replaced by `REDACTED`, by a keyed hash or, as an option, by an alias. Without a rule, values of attributes whose names end like `authorization`, `cookie`, `api_key`, `password` or `access_token` become `REDACTED`.',
  }),
  redactKey: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT_KEY'],
    kind: text(),
    default: undefined,
    defaultText: 'a random one for each start',
    secret: true,
    meaning: 'Key of the hashes; the same key gives the same hashes in all processes and after a restart.',
  }),
  exponentialHistograms: setting({
    group: 'What is measured',
    variables: ['PITOT_EXPONENTIAL_HISTOGRAMS'],
    kind: namePatterns('names of instruments'),
    default: [],
    defaultText: 'none',
    meaning:
      'Histograms that have base-2 exponential buckets (native histograms in Prometheus), whatever boundaries they were created with.',
  }),
  exemplarFilter: setting({
    group: 'What is measured',
    variables: ['OTEL_METRICS_EXEMPLAR_FILTER'],
    kind: choice(['always_on', 'always_off', 'trace_based']),
    default: 'trace_based',
    meaning: 'Which measurements may become exemplars: all, none, or those made in a sampled span.',
  }),
  stallThreshold: setting({
    group: 'What is measured',
    variables: ['PITOT_STALL_THRESHOLD'],
    kind: milliseconds(BEAT_INTERVAL),
    default: 1000,
    meaning: 'Time from which on an event loop that does not turn is counted as a stall.',
  }),
  exportInterval: setting({
    group: 'Forwarding',
    variables: ['OTEL_METRIC_EXPORT_INTERVAL'],
    kind: milliseconds(1),
    default: 60_000,
    meaning: 'Time between the starts of two exports.',
  }),
  exportTimeout: setting({
    group: 'Forwarding',
    variables: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    kind: milliseconds(0),
    default: 30_000,
    meaning: 'Longest time an export may take, at most the interval; 0 means as long as the interval.',
  }),
  flushTimeout: setting({
    group: 'Forwarding',
    variables: ['PITOT_FLUSH_TIMEOUT'],
    kind: milliseconds(0),
    default: 2000,
    meaning: 'Longest wait at exit for the last values to be forwarded; 0 does not wait.',
  }),
  otlpProtocol: setting({
    group: 'OTLP',
    variables: otlp('PROTOCOL'),
    kind: choice(['http/protobuf', 'http/json', 'grpc']),
    default: 'http/protobuf',
    meaning: 'Encoding and transport of OTLP.',
  }),
  otlpEndpoint: setting({
    group: 'OTLP',
    variables: otlp('ENDPOINT'),
    kind: endpoint('OTEL_EXPORTER_OTLP_ENDPOINT'),
    default: HTTP_ENDPOINT,
    defaultText: '`http://localhost:4318/v1/metrics`, with grpc `http://localhost:4317`',
    meaning:
      'Where OTLP is sent, used as it is; only to the variable for all signals the path `v1/metrics` is added (not with grpc).',
  }),
  otlpHeaders: setting({
    group: 'OTLP',
    variables: otlp('HEADERS'),
    kind: headerPairs(),
    default: {},
    defaultText: 'none',
    secret: true,
    meaning:
      "Headers of each OTLP request (metadata with grpc); those of the option, of the metrics' variable and of the general one are sent together, the former winning.",
  }),
  otlpTimeout: setting({
    group: 'OTLP',
    variables: otlp('TIMEOUT'),
    kind: milliseconds(0),
    default: 10_000,
    meaning: 'Longest wait for an OTLP request and its retries; 0 means no limit of its own.',
  }),
  otlpCompression: setting({
    group: 'OTLP',
    variables: otlp('COMPRESSION'),
    kind: choice(['none', 'gzip']),
    default: 'none',
    meaning: 'Compression of OTLP requests.',
  }),
  otlpCertificate: setting({
    group: 'OTLP',
    variables: otlp('CERTIFICATE'),
    kind: text('path'),
    default: undefined,
    defaultText: "Node's certificates",
    meaning: "PEM file of the certificates that the receiver's certificate is verified with.",
  }),
  otlpClientKey: setting({
    group: 'OTLP',
    variables: otlp('CLIENT_KEY'),
    kind: text('path'),
    default: undefined,
    meaning: 'PEM file of the private key for mutual TLS; needs a client certificate.',
  }),
  otlpClientCertificate: setting({
    group: 'OTLP',
    variables: otlp('CLIENT_CERTIFICATE'),
    kind: text('path'),
    default: undefined,
    meaning: 'PEM file of the client certificate (and its chain) for mutual TLS; needs a client key.',
  }),
  otlpInsecure: setting({
    group: 'OTLP',
    variables: otlp('INSECURE'),
    kind: flag(),
    default: false,
    meaning: 'With grpc and an endpoint without http:// or https://: whether to connect without TLS.',
  }),
  temporality: setting({
    group: 'OTLP',
    variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    kind: choice(['cumulative', 'delta', 'lowmemory']),
    default: 'cumulative',
    meaning: 'Whether OTLP carries totals since the start or differences since the last export.',
  }),
  observeTimeout: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_OBSERVE_TIMEOUT'],
    kind: milliseconds(1),
    default: 250,
    meaning: 'Longest wait of a collection for observable callbacks on the application thread.',
  }),
  signals: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_SIGNALS'],
    kind: choice(['flush', 'leave']),
    default: 'flush',
    meaning:
      'Whether SIGTERM and SIGINT, where the application has no listener of its own, forward the last values before they end the process (`flush`; one whose event loop is blocked then ends only when the loop is free again) or are not touched (`leave`; the last values are lost).',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<K extends SettingName> =
  (typeof SETTINGS)[K] extends Setting<infer T, infer D> ? T | Extract<D, undefined> : never;
type GivenOf<K extends SettingName> = (typeof SETTINGS)[K] extends Setting<infer T, infer _> ? T : never;

/** All settings with the values in force: deeply frozen, plain data that can be posted to a worker. */
export type Config = { readonly [K in SettingName]: ValueOf<K> };

/** What `boot()` takes. An option that is undefined is as if it were not there. */
export type BootOptions = { readonly [K in SettingName]?: GivenOf<K> | undefined };

/** The table for code that goes through all of it. */
export const ALL_SETTINGS: readonly (readonly [SettingName, Setting])[] = (
  Object.keys(SETTINGS) as SettingName[]
).map((name) => [name, SETTINGS[name]]);
