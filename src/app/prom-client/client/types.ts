/*
 * The types of prom-client 15, under the names by which applications import them. Classes have theirs beside the code.
 */

/** The encoding of every text. */
export type Charset = 'utf-8';

/** The type of Prometheus text. */
export type PrometheusMIME = 'text/plain';
/** The version of Prometheus text. */
export type PrometheusMetricsVersion = '0.0.4';

/** The type of OpenMetrics text. */
export type OpenMetricsMIME = 'application/openmetrics-text';
/** The version of OpenMetrics text. */
export type OpenMetricsVersion = '1.0.0';

/** The header of a response in OpenMetrics text. */
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
/** The header of a response in Prometheus text. */
export type PrometheusContentType =
  `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;

/** The two formats of a registry. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** How `AggregatorRegistry` makes one value of those of several processes. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';

/** The kinds of metrics. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** Called when a registry's values are read, before it reads those of the metric. */
export type CollectFunction<T> = (this: T) => void | Promise<void>;

/** Labels by name. Numbers are shown as text. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** A metric as `registry.getMetricsAsArray()` has it. */
export interface MetricObject {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  // biome-ignore lint/suspicious/noExplicitAny: prom-client's own type, so that code that compiles with it goes on to
  collect: CollectFunction<any>;
}

/** A metric as its `get()` and `registry.getMetricsAsJSON()` have it. */
export interface MetricObjectWithValues<T extends MetricValue<string>> extends MetricObject {
  values: T[];
}

/** One value of a counter or gauge. */
export type MetricValue<T extends string> = {
  value: number;
  labels: LabelValues<T>;
};

/** One value of a histogram or summary: `metricName` ends in `_bucket`, `_sum` or `_count`. */
export type MetricValueWithName<T extends string> = MetricValue<T> & {
  metricName?: string;
};
