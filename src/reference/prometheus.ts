import type { AttributeContract, MetricContract } from '../contract/contract.ts';
import { familyName, labelName, type MetricKind } from '../naming/names.ts';

const KINDS: Readonly<Record<MetricContract['kind'], MetricKind>> = {
  counter: 'counter',
  observableCounter: 'counter',
  upDownCounter: 'upDownCounter',
  observableUpDownCounter: 'upDownCounter',
  gauge: 'gauge',
  observableGauge: 'gauge',
  histogram: 'histogram',
};

/** How a metric is served: undefined where nothing of its name can be written in a Prometheus name. */
export function prometheusName({ name, unit, kind }: MetricContract): string | undefined {
  return familyName(name, unit, KINDS[kind]);
}

/** The type that Prometheus sees: up-down counters are gauges to it. */
export function prometheusType({ kind }: MetricContract): 'counter' | 'gauge' | 'histogram' {
  const type = KINDS[kind];
  return type === 'upDownCounter' ? 'gauge' : type;
}

/** The declared attributes by the names of their labels. */
export function attributesByLabel({ attributes }: MetricContract): ReadonlyMap<string, AttributeContract> {
  return new Map(attributes.map((attribute) => [labelName(attribute.name), attribute]));
}
