import { endpoint, HTTP_ENDPOINT, httpEndpoint } from '../parsers/endpoint.ts';
import { attributePairs, headerPairs } from '../parsers/key-value-lists.ts';
import { choice, flag, milliseconds, text } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** Both variables of an OTLP setting: that of metrics wins over that of all signals. */
function otlp(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_METRICS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/** When and where metrics are sent. */
export const FORWARDING = {
  exportInterval: setting({
    group: 'Forwarding',
    variables: ['OTEL_METRIC_EXPORT_INTERVAL'],
    parser: milliseconds(1),
    default: 60_000,
    meaning: 'Time between the starts of two exports.',
  }),
  exportTimeout: setting({
    group: 'Forwarding',
    variables: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    parser: milliseconds(0),
    default: 30_000,
    meaning: 'Deadline of an export, at most the interval. With 0 it is the interval.',
  }),
  flushTimeout: setting({
    group: 'Forwarding',
    variables: ['PITOT_FLUSH_TIMEOUT'],
    parser: milliseconds(0),
    default: 2000,
    meaning: 'How long the exit waits for the last values to be forwarded. With 0 it does not wait.',
  }),
  otlpProtocol: setting({
    group: 'OTLP',
    variables: otlp('PROTOCOL'),
    parser: choice(['http/protobuf', 'http/json', 'grpc']),
    default: 'http/protobuf',
    meaning: 'Encoding and transport of OTLP.',
  }),
  otlpEndpoint: setting({
    group: 'OTLP',
    variables: otlp('ENDPOINT'),
    parser: endpoint('OTEL_EXPORTER_OTLP_ENDPOINT'),
    default: HTTP_ENDPOINT,
    defaultText: '`http://localhost:4318/v1/metrics`, with grpc `http://localhost:4317`',
    meaning:
      'URL of the OTLP receiver, used as it is. Only `OTEL_EXPORTER_OTLP_ENDPOINT`, which is for all signals, gets the path `v1/metrics` appended (not with grpc).',
  }),
  otlpHeaders: setting({
    group: 'OTLP',
    variables: otlp('HEADERS'),
    parser: headerPairs(),
    default: {},
    defaultText: 'none',
    secret: true,
    meaning:
      "Headers of each OTLP request (metadata with grpc). pitot sends those of the option, of the metrics' variable and of the general variable; where two have a key, the earlier one wins.",
  }),
  otlpTimeout: setting({
    group: 'OTLP',
    variables: otlp('TIMEOUT'),
    parser: milliseconds(0),
    default: 10_000,
    meaning: "Deadline of an OTLP request with its retries. With 0 only the export's deadline counts.",
  }),
  otlpCompression: setting({
    group: 'OTLP',
    variables: otlp('COMPRESSION'),
    parser: choice(['none', 'gzip']),
    default: 'none',
    meaning: 'Compression of OTLP requests.',
  }),
  otlpCertificate: setting({
    group: 'OTLP',
    variables: otlp('CERTIFICATE'),
    parser: text('path'),
    default: undefined,
    defaultText: "Node's certificates",
    meaning: "PEM file of the certificates that verify the receiver's.",
  }),
  otlpClientKey: setting({
    group: 'OTLP',
    variables: otlp('CLIENT_KEY'),
    parser: text('path'),
    default: undefined,
    meaning: 'PEM file of the private key for mutual TLS. It needs a client certificate.',
  }),
  otlpClientCertificate: setting({
    group: 'OTLP',
    variables: otlp('CLIENT_CERTIFICATE'),
    parser: text('path'),
    default: undefined,
    meaning: 'PEM file of the client certificate (and its chain) for mutual TLS. It needs a client key.',
  }),
  otlpInsecure: setting({
    group: 'OTLP',
    variables: otlp('INSECURE'),
    parser: flag(),
    default: false,
    meaning: 'With grpc and an endpoint without http:// or https://: whether to connect without TLS.',
  }),
  temporality: setting({
    group: 'OTLP',
    variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    parser: choice(['cumulative', 'delta', 'lowmemory']),
    default: 'cumulative',
    meaning: 'Whether OTLP carries totals since the start or differences since the last export.',
  }),
  histogramAggregation: setting({
    group: 'OTLP',
    variables: ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
    parser: choice(['explicit_bucket_histogram', 'base2_exponential_bucket_histogram']),
    default: 'explicit_bucket_histogram',
    meaning:
      'With OTLP: the kind of buckets of histograms without boundaries of their own. OTLP and the endpoint share one recording; the text formats show exponential buckets as classic ones.',
  }),
  pushgatewayUrl: setting({
    group: 'Pushgateway',
    variables: ['PITOT_PUSHGATEWAY_URL'],
    parser: httpEndpoint(),
    default: 'http://localhost:9091/',
    meaning:
      'URL of the Pushgateway. A user name and a password in it become basic authentication (docs/pushgateway.md).',
  }),
  pushgatewayGrouping: setting({
    group: 'Pushgateway',
    variables: ['PITOT_PUSHGATEWAY_GROUPING'],
    parser: attributePairs(),
    default: {},
    defaultText: '`job=` and the name of the service',
    meaning:
      'Labels of the group whose metrics each push replaces. Without `job` it is the name of the service.',
  }),
  pushgatewayAtExit: setting({
    group: 'Pushgateway',
    variables: ['PITOT_PUSHGATEWAY_AT_EXIT'],
    parser: choice(['keep', 'delete']),
    default: 'keep',
    meaning:
      "Whether the group stays in the Pushgateway when the process ends: a job's should, and that of a service should not.",
  }),
  remoteWriteUrl: setting({
    group: 'Remote write',
    variables: ['PITOT_REMOTE_WRITE_URL'],
    parser: httpEndpoint(),
    default: 'http://localhost:9090/api/v1/write',
    meaning:
      'URL of the receiver of Prometheus remote write 2.0. A user name and a password in it become basic authentication.',
  }),
  remoteWriteHeaders: setting({
    group: 'Remote write',
    variables: ['PITOT_REMOTE_WRITE_HEADERS'],
    parser: headerPairs(),
    default: {},
    defaultText: 'none',
    secret: true,
    meaning: 'Headers of each request of remote write, such as `authorization` or `x-scope-orgid`.',
  }),
} as const;
