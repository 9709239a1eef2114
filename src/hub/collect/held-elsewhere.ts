import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import { metricKey, scopeKey } from '../../model/metric-key.ts';

/**
 * Of series that have expired in one thread, those that others still have: the total that is made of all must not
 * fall by what the one had counted.
 */
export function heldElsewhere(
  expired: readonly ScopeMetrics[],
  others: readonly (readonly ScopeMetrics[])[],
): ScopeMetrics[] {
  const held = new Map<string, Set<string>>();
  for (const { key } of keyed(expired)) held.set(key, new Set());
  for (const { key, metric } of others.flatMap(keyed)) {
    const series = held.get(key);
    if (series === undefined) continue;
    for (const { attributes } of metric.dataPoints) series.add(canonicalize(attributes).key);
  }
  return keyed(expired).map(({ key, scope, metric }) => {
    const isHeld = ({ attributes }: MetricData['dataPoints'][number]) =>
      held.get(key)?.has(canonicalize(attributes).key) === true;
    // The points of a metric are still of its kind when some have been left out.
    const dataPoints = (metric.dataPoints as MetricData['dataPoints'][number][]).filter(isHeld);
    return { scope, metrics: [{ ...metric, dataPoints } as MetricData] };
  });
}

function keyed(scopeMetrics: readonly ScopeMetrics[]) {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({ key: `${scopeKey(scope)}${metricKey(metric)}`, scope, metric })),
  );
}
