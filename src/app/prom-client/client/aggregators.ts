import { groupBy } from '../../../base/group-by.ts';
import type { Aggregator, LabelValues, MetricType } from './types.ts';

/** A value as `registry.getMetricsAsJSON()` has it. */
interface Value {
  readonly value: number;
  readonly labels: LabelValues<string>;
  readonly metricName?: string;
}

/** A metric as `registry.getMetricsAsJSON()` has it. */
export interface AggregatedMetric {
  readonly help: string;
  readonly name: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator;
  readonly values: Value[];
}

type Aggregate = (metrics: readonly AggregatedMetric[]) => AggregatedMetric | undefined;

/** Makes one metric of those of several processes: `combine` gets the values of one set of labels. */
function aggregatorOf(combine: (values: readonly [Value, ...Value[]]) => number): Aggregate {
  return (metrics) => {
    const [first] = metrics;
    if (first === undefined) return undefined;
    const { help, name, type, aggregator } = first;
    const bySeries = groupBy(
      metrics.flatMap(({ values }) => values),
      ({ metricName, labels }) => JSON.stringify([metricName, Object.entries(labels).map(String).sort()]),
    );
    const values = Array.from(bySeries.values(), (of) => {
      const [{ labels, metricName }] = of as [Value, ...Value[]];
      const value = combine(of as [Value, ...Value[]]);
      return metricName ? { value, labels, metricName } : { value, labels };
    });
    return { help, name, type, values, aggregator };
  };
}

/** How the values of several processes become one, by the name in a metric's configuration. */
export const aggregators: Readonly<Record<Aggregator, Aggregate>> = {
  sum: aggregatorOf((values) => values.reduce((sum, { value }) => sum + value, 0)),
  first: aggregatorOf(([{ value }]) => value),
  omit: () => undefined,
  average: aggregatorOf((values) => values.reduce((sum, { value }) => sum + value, 0) / values.length),
  min: aggregatorOf((values) => values.reduce((least, { value }) => Math.min(least, value), Infinity)),
  max: aggregatorOf((values) => values.reduce((most, { value }) => Math.max(most, value), -Infinity)),
};
