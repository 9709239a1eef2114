import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import { metricKey, scopeKey } from '../../model/metric-key.ts';

/**
 * The expired series of one thread that are still live in another one. The total over all threads must not fall
 * when one of them forgets a series.
 *
 * @param expired as they were when their thread forgot them
 * @param others what the other threads have
 */
export function stillLive(
  expired: readonly ScopeMetrics[],
  others: readonly (readonly ScopeMetrics[])[],
): ScopeMetrics[] {
  const live = new Map<string, Set<string>>();
  for (const { key } of keyed(expired)) live.set(key, new Set());
  for (const { key, metric } of others.flatMap(keyed)) {
    const series = live.get(key);
    if (series === undefined) continue;
    for (const { attributes } of metric.dataPoints) series.add(canonicalize(attributes).key);
  }
  return keyed(expired).map(({ key, scope, metric }) => {
    const isLive = ({ attributes }: MetricData['dataPoints'][number]) =>
      live.get(key)?.has(canonicalize(attributes).key) === true;
    // A metric without some of its points is still of its kind.
    const dataPoints = (metric.dataPoints as MetricData['dataPoints'][number][]).filter(isLive);
    return { scope, metrics: [{ ...metric, dataPoints } as MetricData] };
  });
}

function keyed(scopeMetrics: readonly ScopeMetrics[]) {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ key: `${scopeKey(scope)}${metricKey(metric)}`, scope, metric })),
  );
}
