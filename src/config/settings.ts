import { endpoint, HTTP_ENDPOINT } from './endpoint.ts';
import { choice, choices, flag, integer, LONGEST, milliseconds, namesAmong, text } from './kinds.ts';
import { attributePairs, headerPairs } from './pairs.ts';
import { type Setting, setting } from './setting.ts';

/** Both variables of an OTLP setting: that of metrics wins over that of all signals. */
function otlp(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/** Short names of what pitot can instrument, as in OTEL_NODE_ENABLED_INSTRUMENTATIONS. */
const INSTRUMENTATIONS = ['http', 'express', 'runtime-node', 'host-metrics'] as const;

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
