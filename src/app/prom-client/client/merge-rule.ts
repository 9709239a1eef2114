import type { GaugeRule } from '../../../model/gauge-rules.ts';
import type { Aggregator } from './types.ts';

/**
 * prom-client's aggregators as rules for the gauges of several processes. A gauge with `omit` keeps one series per
 * process. Processes have no order, so that `first` takes the value that was recorded last.
 */
const RULES: Readonly<Record<Aggregator, GaugeRule | undefined>> = {
  sum: 'sum',
  first: 'last',
  min: 'min',
  max: 'max',
  average: 'mean',
  omit: undefined,
};

export function mergeRuleOf(aggregator: Aggregator): GaugeRule | undefined {
  return Object.hasOwn(RULES, aggregator) ? RULES[aggregator] : undefined;
}
