/**
 * The fields of a `MetricFamily`, Prometheus' protobuf format, that a scraper of pitot reads, with their numbers and
 * types. (https://prometheus.io/docs/instrumenting/exposition_formats/, "Protobuf format")
 */
export const PROMETHEUS_MESSAGES = {
  MetricFamily: {
    name: '1 string',
    help: '2 string',
    type: '3 int32',
    metric: '4 repeated Metric',
    unit: '5 string',
  },
  Metric: { label: '1 repeated LabelPair', gauge: '2 Gauge', counter: '3 Counter', histogram: '7 Histogram' },
  LabelPair: { name: '1 string', value: '2 string' },
  Gauge: { value: '1 double' },
  Counter: { value: '1 double', exemplar: '2 Exemplar', created_timestamp: '3 Timestamp' },
  Histogram: {
    sample_count: '1 uint64',
    sample_sum: '2 double',
    bucket: '3 repeated Bucket',
    schema: '5 sint32',
    zero_threshold: '6 double',
    zero_count: '7 uint64',
    negative_span: '9 repeated BucketSpan',
    negative_delta: '10 repeated sint64',
    positive_span: '12 repeated BucketSpan',
    positive_delta: '13 repeated sint64',
    created_timestamp: '15 Timestamp',
    exemplars: '16 repeated Exemplar',
  },
  Bucket: { cumulative_count: '1 uint64', upper_bound: '2 double', exemplar: '3 Exemplar' },
  BucketSpan: { offset: '1 sint32', length: '2 uint32' },
  Exemplar: { label: '1 repeated LabelPair', value: '2 double', timestamp: '3 Timestamp' },
  Timestamp: { seconds: '1 int64', nanos: '2 int32' },
} as const;

/** Names of `MetricFamily.type`, by their numbers. */
export const FAMILY_TYPES = ['COUNTER', 'GAUGE', 'SUMMARY', 'UNTYPED', 'HISTOGRAM', 'GAUGE_HISTOGRAM'];
