/**
 * Field numbers of opentelemetry/proto/collector/metrics/v1/metrics_service.proto and its imports:
 * https://github.com/open-telemetry/opentelemetry-proto. All are below 16, where a tag is one byte.
 */
export const REQUEST = { resourceMetrics: 1 } as const;
export const RESOURCE_METRICS = { resource: 1, scopeMetrics: 2, schemaUrl: 3 } as const;
export const RESOURCE = { attributes: 1 } as const;
export const SCOPE_METRICS = { scope: 1, metrics: 2, schemaUrl: 3 } as const;
export const SCOPE = { name: 1, version: 2, attributes: 3 } as const;
export const METRIC = {
  name: 1,
  description: 2,
  unit: 3,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
} as const;
/** Common fields of gauges, sums and histograms. Each kind has some of them. */
export const DATA = { dataPoints: 1, aggregationTemporality: 2, isMonotonic: 3 } as const;
/** Common fields of all kinds of points. */
export const POINT = { startTime: 2, time: 3 } as const;
export const NUMBER_POINT = { asDouble: 4, exemplars: 5, asInt: 6, attributes: 7 } as const;
export const HISTOGRAM_POINT = {
  count: 4,
  sum: 5,
  bucketCounts: 6,
  explicitBounds: 7,
  exemplars: 8,
  attributes: 9,
  min: 11,
  max: 12,
} as const;
export const EXPONENTIAL_POINT = {
  attributes: 1,
  count: 4,
  sum: 5,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  negative: 9,
  exemplars: 11,
  min: 12,
  max: 13,
} as const;
export const BUCKETS = { offset: 1, bucketCounts: 2 } as const;
export const EXEMPLAR = {
  time: 2,
  asDouble: 3,
  spanId: 4,
  traceId: 5,
  asInt: 6,
  filteredAttributes: 7,
} as const;
export const KEY_VALUE = { key: 1, value: 2 } as const;
export const ANY_VALUE = {
  stringValue: 1,
  boolValue: 2,
  intValue: 3,
  doubleValue: 4,
  arrayValue: 5,
  kvlistValue: 6,
  bytesValue: 7,
} as const;
/** For `ArrayValue` and `KeyValueList`. */
export const LIST = { values: 1 } as const;
