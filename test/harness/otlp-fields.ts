/**
 * The fields of an `ExportMetricsServiceRequest` of OTLP 1, with their numbers and types: those that a client of
 * metrics sends. Summaries are left out, because no OpenTelemetry instrument makes them. The tests of the serializer
 * read the official exporter's output with this table; `npm run test:stack` reads a Collector's.
 * (https://opentelemetry.io/docs/specs/otlp/)
 */
export const OTLP_MESSAGES = {
  ExportMetricsServiceRequest: { resourceMetrics: '1 repeated ResourceMetrics' },
  ResourceMetrics: { resource: '1 Resource', scopeMetrics: '2 repeated ScopeMetrics', schemaUrl: '3 string' },
  Resource: { attributes: '1 repeated KeyValue', droppedAttributesCount: '2 uint32' },
  ScopeMetrics: { scope: '1 InstrumentationScope', metrics: '2 repeated Metric', schemaUrl: '3 string' },
  InstrumentationScope: {
    name: '1 string',
    version: '2 string',
    attributes: '3 repeated KeyValue',
    droppedAttributesCount: '4 uint32',
  },
  Metric: {
    name: '1 string',
    description: '2 string',
    unit: '3 string',
    data: {
      gauge: '5 Gauge',
      sum: '7 Sum',
      histogram: '9 Histogram',
      exponentialHistogram: '10 ExponentialHistogram',
    },
    metadata: '12 repeated KeyValue',
  },
  Gauge: { dataPoints: '1 repeated NumberDataPoint' },
  // Temporalities: 1 is delta, 2 is cumulative.
  Sum: { dataPoints: '1 repeated NumberDataPoint', aggregationTemporality: '2 int32', isMonotonic: '3 bool' },
  Histogram: { dataPoints: '1 repeated HistogramDataPoint', aggregationTemporality: '2 int32' },
  ExponentialHistogram: {
    dataPoints: '1 repeated ExponentialHistogramDataPoint',
    aggregationTemporality: '2 int32',
  },
  NumberDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    value: { asDouble: '4 double', asInt: '6 sfixed64' },
    exemplars: '5 repeated Exemplar',
    attributes: '7 repeated KeyValue',
    flags: '8 uint32',
  },
  HistogramDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 optional double',
    bucketCounts: '6 repeated fixed64',
    explicitBounds: '7 repeated double',
    exemplars: '8 repeated Exemplar',
    attributes: '9 repeated KeyValue',
    flags: '10 uint32',
    min: '11 optional double',
    max: '12 optional double',
  },
  ExponentialHistogramDataPoint: {
    attributes: '1 repeated KeyValue',
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 optional double',
    scale: '6 sint32',
    zeroCount: '7 fixed64',
    positive: '8 Buckets',
    negative: '9 Buckets',
    flags: '10 uint32',
    exemplars: '11 repeated Exemplar',
    min: '12 optional double',
    max: '13 optional double',
    zeroThreshold: '14 double',
  },
  Buckets: { offset: '1 sint32', bucketCounts: '2 repeated uint64' },
  Exemplar: {
    timeUnixNano: '2 fixed64',
    value: { asDouble: '3 double', asInt: '6 sfixed64' },
    spanId: '4 bytes',
    traceId: '5 bytes',
    filteredAttributes: '7 repeated KeyValue',
  },
  KeyValue: { key: '1 string', value: '2 AnyValue' },
  AnyValue: {
    value: {
      stringValue: '1 string',
      boolValue: '2 bool',
      intValue: '3 int64',
      doubleValue: '4 double',
      arrayValue: '5 ArrayValue',
      kvlistValue: '6 KeyValueList',
      bytesValue: '7 bytes',
    },
  },
  ArrayValue: { values: '1 repeated AnyValue' },
  KeyValueList: { values: '1 repeated KeyValue' },
} as const;
