import { GAUGE_RULES, type GaugeRule, type GaugeRules, gaugeRuleOf } from '../../model/gauge-rules.ts';
import { attributePairs } from './key-value-lists.ts';
import type { Parser } from './parser.ts';

/** `name=rule` pairs, written as resource attributes are. One bad rule discards all that was given in its place. */
export function gaugeRules(): Parser<GaugeRules> {
  const pairs = attributePairs();
  return {
    type: 'name=rule pairs',
    typescript: 'Readonly<Record<string, GaugeRule>>',
    expected: `percent-encoded name=rule pairs separated by commas, each rule one of ${GAUGE_RULES.join(', ')}`,
    parse(given, context) {
      const parsed = pairs.parse(given, context);
      if (parsed === undefined) return undefined;
      const rules: Record<string, GaugeRule> = {};
      for (const [name, written] of Object.entries(parsed.value)) {
        const rule = gaugeRuleOf(written);
        if (rule === undefined) return undefined;
        rules[name] = rule;
      }
      return { value: rules, complete: true };
    },
    show: (rules) => pairs.show(rules),
    merge: (over, under) => ({ ...under, ...over }),
  };
}
