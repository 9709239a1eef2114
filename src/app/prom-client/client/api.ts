import { AggregatorRegistry } from './aggregator-registry.ts';
import { aggregators } from './aggregators.ts';
import { exponentialBuckets, linearBuckets } from './bucket-generators.ts';
import { Counter } from './counter.ts';
import { collectDefaultMetrics } from './default-metrics/default-metrics.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { validateMetricName } from './labels.ts';
import { Pushgateway } from './pushgateway.ts';
import { globalRegistry, OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE, Registry } from './registry.ts';
import { Summary } from './summary.ts';
import type { RegistryContentType } from './types.ts';

/** The result of `require('prom-client')`. */
export const api = {
  register: globalRegistry,
  Registry,
  /** That of the global registry. */
  get contentType(): RegistryContentType {
    return globalRegistry.contentType;
  },
  set contentType(contentType: RegistryContentType) {
    globalRegistry.setContentType(contentType as typeof PROMETHEUS_CONTENT_TYPE);
  },
  prometheusContentType: PROMETHEUS_CONTENT_TYPE,
  openMetricsContentType: OPENMETRICS_CONTENT_TYPE,
  validateMetricName,
  Counter,
  Gauge,
  Histogram,
  Summary,
  Pushgateway,
  linearBuckets,
  exponentialBuckets,
  collectDefaultMetrics,
  aggregators,
  AggregatorRegistry,
};
