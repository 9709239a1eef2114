import { missing, proven, type Section } from './row.ts';

/** The exporters of metrics, in the order of the compliance matrix. */
export const EXPORTERS: readonly Section[] = [
  {
    title: 'Exporters: general',
    rows: [
      proven(
        'Standard output (logging)',
        'hub/forward/forwarders.test.ts',
        'standard output gets the last values while the application waits in its exit handler',
      ),
      missing('In-memory (mock exporter)', 'Tests of an application read `/metrics.json`.'),
    ],
  },
  {
    title: 'Exporters: OTLP',
    rows: [
      proven(
        'OTLP/gRPC Exporter',
        'hub/forward/otlp-grpc.test.ts',
        'grpc reaches the endpoint with its metadata, compression …',
      ),
      proven(
        'OTLP/HTTP binary Protobuf Exporter',
        'hub/forward/otlp-http.test.ts',
        '… reaches the endpoint with its headers, compression …',
      ),
      proven(
        'OTLP/HTTP JSON Protobuf Exporter',
        'hub/forward/otlp-http.test.ts',
        '… reaches the endpoint with its headers, compression …',
      ),
      proven(
        'OTLP/HTTP gzip Content-Encoding support',
        'hub/forward/otlp-http.test.ts',
        '… reaches the endpoint with its headers, compression …',
      ),
      missing(
        'Enforces request size limit',
        'Size follows from the number of series, which `PITOT_SERIES_LIMIT` bounds.',
      ),
      proven(
        'Enforces response size limit',
        'hub/forward/answers.test.ts',
        'the status decides about an answer whose body never ends',
      ),
      missing('Concurrent sending', 'One request at a time keeps intervals in their order.'),
      proven(
        'Honors retryable responses with backoff',
        'hub/forward/push-reader.test.ts',
        'one export retries the same request until the receiver accepts it',
      ),
      proven(
        'Honors non-retryable responses',
        'hub/forward/push-reader.test.ts',
        'a refused interval is given up, and the next one has only the values since',
      ),
      proven(
        'Honors throttling response',
        'hub/forward/push-reader.test.ts',
        'a receiver that asks for a long pause gets no request during it, except at the end',
      ),
      missing(
        'Multi-destination spec compliance',
        'pitot sends OTLP to one destination. A Collector distributes it to several.',
      ),
      proven(
        'SchemaURL in ResourceMetrics and ScopeMetrics',
        'hub/forward/otlp-serializer.test.ts',
        'protobuf without exemplars decodes like the output of the official serializer',
      ),
      proven(
        'Honors the user agent spec',
        'hub/forward/otlp-http.test.ts',
        '… reaches the endpoint with its headers, compression …',
      ),
      proven(
        'Partial Success messages are handled and logged for OTLP/gRPC',
        'hub/forward/answers.test.ts',
        'over gRPC rejected data points are counted',
      ),
      proven(
        'Partial Success messages are handled and logged for OTLP/HTTP',
        'hub/forward/answers.test.ts',
        'over HTTP rejected data points are counted from protobuf and from JSON',
      ),
      proven(
        'Metric Exporter configurable temporality preference',
        'hub/forward/otlp-http.test.ts',
        'the exporter uses the temporality of the settings',
      ),
      proven(
        'Metric Exporter configurable default aggregation',
        'e2e/histogram-aggregation.test.ts',
        'a preference for exponential histograms holds for those without boundaries, which text has as classic ones',
      ),
    ],
  },
  {
    title: 'Exporters: Prometheus',
    rows: [
      proven(
        'Metadata Deduplication',
        'hub/expose/collisions.test.ts',
        'the first of different help texts is served, with a warning',
      ),
      proven(
        'Name Sanitization',
        'naming/names.test.ts',
        'characters that Prometheus discourages become one underscore',
      ),
      proven(
        'UNIT Metadata',
        'hub/expose/openmetrics.test.ts',
        'a scrape of every kind of metric, to the letter',
      ),
      proven(
        'Unit Suffixes',
        'naming/names.test.ts',
        'metrics of the semantic conventions get the names that dashboards expect',
      ),
      proven('Unit Full Words', 'naming/names.test.ts', 'every unit of the specification has its word'),
      proven('HELP Metadata', 'hub/expose/text.test.ts', 'a scrape of every kind of metric, to the letter'),
      proven('TYPE Metadata', 'hub/expose/text.test.ts', 'a scrape of every kind of metric, to the letter'),
      proven(
        'otel_scope_name and otel_scope_version labels on all Metrics',
        'hub/expose/translate.test.ts',
        'a scope becomes three labels and its attributes, by default',
      ),
      proven(
        'otel_scope_[attribute] labels on all Metrics',
        'hub/expose/translate.test.ts',
        'a scope becomes three labels and its attributes, by default',
      ),
      proven('otel_scope labels can be disabled', 'hub/http/server.test.ts', 'scope labels can be left out'),
      proven(
        'Gauges become Prometheus Gauges',
        'hub/expose/translate.test.ts',
        'the type follows the point: monotonic sums are counters, other sums and gauges are gauges',
      ),
      proven(
        'Cumulative Monotonic Sums become Prometheus Counters',
        'hub/expose/translate.test.ts',
        'the type follows the point: monotonic sums are counters, other sums and gauges are gauges',
      ),
      proven(
        'Prometheus Counters have _total suffix by default',
        'naming/names.test.ts',
        'metrics of the semantic conventions get the names that dashboards expect',
      ),
      proven(
        'Prometheus Counters _total suffixing can be disabled',
        'naming/naming.test.ts',
        'the strategies do what the table of the specification says',
      ),
      proven(
        'Cumulative Non-Monotonic Sums become Prometheus Gauges',
        'hub/expose/translate.test.ts',
        'the type follows the point: monotonic sums are counters, other sums and gauges are gauges',
      ),
      missing(
        'Delta Non-Monotonic Sums become Cumulative Prometheus Counters',
        'The recorder keeps totals, so that no delta reaches the endpoint.',
      ),
      proven(
        'Cumulative Histograms become Prometheus Histograms',
        'hub/expose/text.test.ts',
        'a scrape of every kind of metric, to the letter',
      ),
      missing(
        'Delta Histograms become Cumulative Prometheus Histograms',
        'The recorder keeps totals, so that no delta reaches the endpoint.',
      ),
      proven('Attributes Keys are Sanitized', 'naming/names.test.ts', 'attribute keys become label names'),
      proven(
        'Colliding sanitized attribute keys are merged',
        'hub/expose/translate.test.ts',
        'values of keys that become one label name are joined in the order of the keys',
      ),
      proven(
        'Exemplars for Histograms and Monotonic sums',
        'hub/expose/openmetrics-properties.test.ts',
        'exemplars stay the same, at their counter or at the bucket that contains their value',
      ),
      proven(
        '`target_info` metric from Resource',
        'hub/expose/translate.test.ts',
        'the resource is target_info, unless it is empty',
      ),
    ],
  },
];
