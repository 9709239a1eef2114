/**
 * prom-client's API, version 15, on pitot's recorder: metrics are on pitot's endpoint and in what it forwards, merged over
 * the processes of the service, and their registries write prom-client's text. Works without pitot's boot too.
 */
import { api } from './app/prom-client/client/api.ts';

export { AggregatorRegistry } from './app/prom-client/client/aggregator-registry.ts';
export { aggregators } from './app/prom-client/client/aggregators.ts';
export type { MetricConfiguration } from './app/prom-client/client/base-metric.ts';
export { exponentialBuckets, linearBuckets } from './app/prom-client/client/bucket-generators.ts';
export {
  Counter,
  type CounterConfiguration,
  type IncreaseDataWithExemplar,
} from './app/prom-client/client/counter.ts';
export type { DefaultMetricsCollectorConfiguration } from './app/prom-client/client/default-metrics/config.ts';
export { collectDefaultMetrics } from './app/prom-client/client/default-metrics/default-metrics.ts';
export { Gauge, type GaugeConfiguration } from './app/prom-client/client/gauge.ts';
export {
  Histogram,
  type HistogramConfiguration,
  type ObserveDataWithExemplar,
} from './app/prom-client/client/histogram.ts';
export { validateMetricName } from './app/prom-client/client/labels.ts';
export type { Collector, Metric } from './app/prom-client/client/metric.ts';
export { Pushgateway } from './app/prom-client/client/pushgateway.ts';
export {
  globalRegistry as register,
  OPENMETRICS_CONTENT_TYPE as openMetricsContentType,
  PROMETHEUS_CONTENT_TYPE as prometheusContentType,
  Registry,
} from './app/prom-client/client/registry.ts';
export { Summary, type SummaryConfiguration } from './app/prom-client/client/summary.ts';
export type {
  Aggregator,
  Charset,
  CollectFunction,
  LabelValues,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMetricsVersion,
  PrometheusMIME,
  RegistryContentType,
} from './app/prom-client/client/types.ts';

/** That of the global registry when this module was loaded. */
export const contentType = api.contentType;

export default api;
