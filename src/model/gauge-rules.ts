/** The rules by which one gauge of several processes becomes one series. */
export const GAUGE_RULES = ['sum', 'max', 'min', 'mean', 'last'] as const;
/** `last` is the value that was recorded last; the others combine the values of all processes. */
export type GaugeRule = (typeof GAUGE_RULES)[number];

/**
 * The rule of a histogram that every process of a service observes in one place, such as a database: the observation
 * with the most values counts, as that of a process with an older answer has fewer.
 */
export const OBSERVED_RULE = 'max' satisfies GaugeRule;

/** The rule with that name, in any case. */
export function gaugeRuleOf(name: string | undefined): GaugeRule | undefined {
  return GAUGE_RULES.find((rule) => rule === name?.toLowerCase());
}

/** Rules by names of instruments, from PITOT_GAUGE_MERGE. */
export type GaugeRules = Readonly<Record<string, GaugeRule>>;

/**
 * The rule for a gauge: the setting's, else the one that its instrument declares. Without a rule the gauge keeps one
 * series per process.
 */
export function ruleOf(name: string, declared: string | undefined, rules: GaugeRules): GaugeRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : gaugeRuleOf(declared);
}
