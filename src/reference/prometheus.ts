import type { AttributeContract, MetricContract } from '../contract/contract.ts';
import { METRIC_KINDS } from '../naming/names.ts';
import type { Naming } from '../naming/naming.ts';

/** The metric's name in Prometheus; undefined if translation leaves nothing of it. */
export function prometheusName({ name, unit, kind }: MetricContract, naming: Naming): string | undefined {
  return naming.family(name, unit, METRIC_KINDS[kind]);
}

/** The metric's type in Prometheus, where an up-down counter is a gauge. */
export function prometheusType({ kind }: MetricContract): 'counter' | 'gauge' | 'histogram' {
  const type = METRIC_KINDS[kind];
  return type === 'upDownCounter' ? 'gauge' : type;
}

/** The declared attributes by the names of their labels. */
export function attributesByLabel(
  { attributes }: MetricContract,
  naming: Naming,
): ReadonlyMap<string, AttributeContract> {
  return new Map(attributes.map((attribute) => [naming.label(attribute.name), attribute]));
}
