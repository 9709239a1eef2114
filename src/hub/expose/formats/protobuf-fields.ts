/**
 * Field numbers of io/prometheus/client/metrics.proto: https://github.com/prometheus/client_model. All but the
 * last are below 16, where a tag is one byte.
 */
export const FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;
export const TYPE = { counter: 0, gauge: 1, info: 1, histogram: 4 } as const;
export const METRIC = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;
export const LABEL = { name: 1, value: 2 } as const;
export const GAUGE = { value: 1 } as const;
export const COUNTER = { value: 1, exemplar: 2, createdTimestamp: 3 } as const;
export const HISTOGRAM = {
  sampleCount: 1,
  sampleSum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  negativeSpan: 9,
  negativeDelta: 10,
  positiveSpan: 12,
  positiveDelta: 13,
  createdTimestamp: 15,
  exemplars: 16,
} as const;
export const BUCKET = { cumulativeCount: 1, upperBound: 2, exemplar: 3 } as const;
export const SPAN = { offset: 1, length: 2 } as const;
export const EXEMPLAR = { label: 1, value: 2, timestamp: 3 } as const;
export const TIMESTAMP = { seconds: 1, nanos: 2 } as const;
