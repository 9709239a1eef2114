import { DEFAULT_NAMING } from '../../../src/naming/naming.ts';
import { OWN_CONTRACTS } from '../../../src/reference/own.ts';
import { attributesByLabel, prometheusName, prometheusType } from '../../../src/reference/prometheus.ts';
import { allRules } from './rule-files.ts';

/** Series that no contract declares, by their makers, with their own labels. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  // Prometheus, of each target.
  up: [],
  // The resource; names of the semantic conventions.
  target_info: ['service_name', 'service_version', 'host_name', 'process_pid', 'process_runtime_version'],
  // The Collector, of itself.
  otelcol_exporter_enqueue_failed_metric_points: ['exporter'],
  otelcol_exporter_queue_capacity: ['exporter', 'data_type'],
  otelcol_exporter_queue_size: ['exporter', 'data_type'],
  otelcol_exporter_send_failed_metric_points: ['exporter'],
  otelcol_exporter_sent_metric_points: ['exporter'],
  otelcol_receiver_accepted_metric_points: ['receiver', 'transport'],
  otelcol_receiver_failed_metric_points: ['receiver', 'transport'],
  otelcol_receiver_refused_metric_points: ['receiver', 'transport'],
};

/** On every series: of the target, of the instrument's scope, and of a gauge among several processes. */
const EVERYWHERE = ['job', 'instance', 'otel_scope_name', 'otel_metric_overflow', 'process_pid'];

/** Classic histograms are series with these suffixes; native ones are one series without. */
const HISTOGRAM: Readonly<Record<string, readonly string[]>> = {
  '': [],
  _bucket: ['le'],
  _sum: [],
  _count: [],
};

/** The labels of every series that rules and queries may ask for, by its name in Prometheus. */
export function declaredSeries(): Map<string, ReadonlySet<string>> {
  const series = new Map<string, ReadonlySet<string>>();
  const add = (name: string, labels: Iterable<string>) =>
    series.set(name, new Set([...EVERYWHERE, ...labels]));
  for (const metric of OWN_CONTRACTS.flatMap(({ metrics }) => metrics)) {
    const labels = [...attributesByLabel(metric, DEFAULT_NAMING).keys()];
    const name = prometheusName(metric, DEFAULT_NAMING) ?? '';
    if (prometheusType(metric) !== 'histogram') add(name, labels);
    else for (const [suffix, own] of Object.entries(HISTOGRAM)) add(`${name}${suffix}`, [...labels, ...own]);
  }
  for (const [name, labels] of Object.entries(OTHERS)) add(name, labels);
  for (const { record } of allRules()) {
    if (record !== undefined) series.set(record, new Set(labelsOfLevel(record)));
  }
  return series;
}

/** The labels that the first part of a recorded name says the series has: `level:metric:operations`. */
function labelsOfLevel(record: string): string[] {
  const [level = ''] = record.split(':');
  return ['job', 'http_route', 'le'].filter((label) => `_${level}_`.includes(`_${label}_`));
}
