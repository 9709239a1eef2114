import type { GaugeRule } from '../../model/gauge-rules.ts';

/**
 * prom-client's aggregators as rules for the gauges of several processes. A gauge with `omit` keeps one series per
 * process. Processes have no order, so that `first` takes the value that was recorded last.
 */
const RULES: Readonly<Record<string, GaugeRule>> = {
  sum: 'sum',
  first: 'last',
  min: 'min',
  max: 'max',
  average: 'mean',
};

/** @param aggregator as the application gave it */
export function mergeRuleOf(aggregator: unknown): GaugeRule | undefined {
  return typeof aggregator === 'string' && Object.hasOwn(RULES, aggregator) ? RULES[aggregator] : undefined;
}
