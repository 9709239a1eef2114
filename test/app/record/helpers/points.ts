import type { DataPoint, Histogram, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';

/** The one metric of that name; fails when there is none. */
export function metricNamed(scopes: readonly ScopeMetrics[], name: string): MetricData {
  const found = scopes.flatMap(({ metrics }) => metrics).find(({ descriptor }) => descriptor.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

/** Attributes and value of every point of a sum or gauge, in order of creation. */
export function valuesOf(scopes: readonly ScopeMetrics[], name: string): [object, number | Histogram][] {
  const points: readonly DataPoint<unknown>[] = metricNamed(scopes, name).dataPoints;
  return points.map(({ attributes, value }) => [{ ...attributes }, value as number | Histogram]);
}

/** The histogram without attributes, or of the first series. */
export function histogramNamed(scopes: readonly ScopeMetrics[], name: string): Histogram {
  const [first] = valuesOf(scopes, name);
  if (typeof first?.[1] !== 'object') throw new Error(`${name} is no histogram with a series`);
  return first[1];
}
