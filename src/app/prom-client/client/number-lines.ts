import type { CellChild } from './cells.ts';
import type { Given } from './label-sets.ts';
import { COLLECT, type OwnMetric, type TextContext } from './own-metric.ts';
import { braced, labelText, remembered, valueText, withDefaults } from './text.ts';
import type { Aggregator, LabelValues, MetricObjectWithValues, MetricType, MetricValue } from './types.ts';

/** The lines of counters and gauges. */
export function* numberLines(
  name: string,
  children: Iterable<CellChild>,
  { defaults, isOpenMetrics }: TextContext,
): Generator<string> {
  for (const child of children) {
    const labels = labelsText(child.given, defaults);
    yield `${name}${labels} ${valueText(child.value)}${isOpenMetrics ? exemplarText(child, 0) : ''}`;
  }
}

/** An exemplar behind a value. (OpenMetrics 1.0, "Exemplars") */
export function exemplarText({ exemplars }: CellChild, slot: number): string {
  const exemplar = exemplars?.[slot];
  if (exemplar === undefined) return '';
  return ` # {${labelText(exemplar.labelSet)}} ${valueText(exemplar.value)} ${exemplar.timestamp}`;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator;
}

/** The result of `get()` of a counter or gauge, after its `collect` has run. */
export async function numbersOf<T extends string>(
  metric: Described & OwnMetric,
  children: Iterable<CellChild>,
): Promise<MetricObjectWithValues<MetricValue<T>>> {
  const collecting = metric[COLLECT]();
  if (collecting !== undefined) await collecting;
  const { help, name, type, aggregator } = metric;
  const values = Array.from(children, ({ value, given, exemplars }) => ({
    value,
    labels: { ...given.labels } as LabelValues<T>,
    ...(exemplars !== undefined && { exemplar: exemplars[0] }),
  }));
  // As prom-client's, it has no `collect`, whatever its type says.
  return { help, name, type, values, aggregator } as unknown as MetricObjectWithValues<MetricValue<T>>;
}

function labelsText(given: Given<CellChild>, defaults: TextContext['defaults']): string {
  return remembered(given, defaults, (labels, added) => braced(labelText(withDefaults(labels, added))));
}
