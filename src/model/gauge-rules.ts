/** How one gauge of several processes becomes one series. */
export const GAUGE_RULES = ['sum', 'max', 'min', 'mean', 'last'] as const;
export type GaugeRule = (typeof GAUGE_RULES)[number];

/** Rules by the names of instruments, as PITOT_GAUGE_MERGE gives them. */
export type GaugeRules = Readonly<Record<string, GaugeRule>>;

/**
 * The rule for a gauge: the setting's, else the one that its instrument declares. `undefined` for one that
 * keeps a series for each process.
 */
export function ruleOf(name: string, declared: string | undefined, rules: GaugeRules): GaugeRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : GAUGE_RULES.find((rule) => rule === declared);
}
