import {
  DataPointType,
  InstrumentType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { OBSERVED_RULE } from './gauge-rules.ts';
import { LASTING } from './protocol.ts';

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

/** Whether each process has the totals of the whole service, because it observes them in a database for instance. */
export function isObservedHistogram({ dataPointType, descriptor }: MetricData): boolean {
  return (
    dataPointType === DataPointType.HISTOGRAM && 'merge' in descriptor && descriptor.merge === OBSERVED_RULE
  );
}

/**
 * Whether the counts of a process stay in the totals when it has ended. Its gauges, and values that go up and down
 * (requests in progress, connections, memory), end with it. So does its observation of counts that are kept elsewhere.
 */
export function outlivesItsProcess(metric: MetricData): boolean {
  const kind = kindOf(metric);
  if (kind === 'gauge' || isObservedHistogram(metric)) return false;
  // Descriptors of the SDK's own instruments have no `merge`.
  return kind !== 'upDownCounter' || (metric.descriptor as { readonly merge?: string }).merge === LASTING;
}

/** Requests in progress and open connections, which the automatic sources count, end with their thread. */
const AUTOMATIC_SCOPE = /^(pitot\/(?!instruments$)|@opentelemetry\/instrumentation-)/;

/**
 * Whether the counts of a thread stay in the totals when it has ended. Unlike processes, threads may share an
 * up-down counter: +1 in one thread and -1 in another make 0, even after the first thread has ended.
 */
export function outlivesItsThread(metric: MetricData, scope: ScopeMetrics['scope']): boolean {
  if (outlivesItsProcess(metric)) return true;
  const { type } = metric.descriptor as { readonly type?: InstrumentType };
  return type === InstrumentType.UP_DOWN_COUNTER && !AUTOMATIC_SCOPE.test(scope.name);
}

/** The metrics that stay in the totals. */
export function lasting(
  scopeMetrics: readonly ScopeMetrics[],
  outlives: (metric: MetricData, scope: ScopeMetrics['scope']) => boolean = outlivesItsProcess,
): ScopeMetrics[] {
  return scopeMetrics.flatMap(({ scope, metrics }) => {
    const kept = metrics.filter((metric) => outlives(metric, scope));
    return kept.length === 0 ? [] : [{ scope, metrics: kept }];
  });
}
