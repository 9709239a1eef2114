import { DataPointType, type MetricData, type ScopeMetrics } from '@opentelemetry/sdk-metrics';

/** How the values of a metric are represented and merged. */
export type Kind = 'counter' | 'upDownCounter' | 'gauge' | 'histogram' | 'exponentialHistogram';

export function kindOf(metric: MetricData): Kind {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'upDownCounter';
    case DataPointType.GAUGE:
      return 'gauge';
    case DataPointType.HISTOGRAM:
      return 'histogram';
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return 'exponentialHistogram';
  }
}

/** The same for one instrument in all processes; conflicting instruments have different keys. */
export function metricKey(metric: MetricData): string {
  const { name, unit } = metric.descriptor;
  return JSON.stringify([name.toLowerCase(), unit, kindOf(metric)]);
}

export function scopeKey({ name, version, schemaUrl }: ScopeMetrics['scope']): string {
  return JSON.stringify([name, version ?? '', schemaUrl ?? '']);
}

/**
 * Whether what a process or thread counted stays in the totals when it has ended. What goes up and down
 * (requests in progress, connections, memory) and what a gauge shows ended with it.
 */
export function outlivesItsProcess(metric: MetricData): boolean {
  return kindOf(metric) !== 'upDownCounter' && kindOf(metric) !== 'gauge';
}

/** The metrics that stay in the totals. */
export function lasting(scopeMetrics: readonly ScopeMetrics[]): ScopeMetrics[] {
  return scopeMetrics.flatMap(({ scope, metrics }) => {
    const kept = metrics.filter(outlivesItsProcess);
    return kept.length === 0 ? [] : [{ scope, metrics: kept }];
  });
}
