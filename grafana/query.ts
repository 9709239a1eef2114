import { checkValue, type Family, labelOf } from './metric.ts';

/** PromQL, and what its series are called in the legend. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** For `where`: the attribute is there, and its whole value does not match the expression. */
interface Present {
  readonly except?: string;
}

/** For `where`: the attribute is there, whatever its value. */
export const PRESENT: Present = {};

interface Choice {
  /** Attributes by which series are kept apart, under their OpenTelemetry names. */
  readonly by?: readonly string[];
  /** Only series whose attributes have these values. */
  readonly where?: Readonly<Record<string, string | Present>>;
}

/** Grafana's variables, as every selector of every dashboard has them. */
const CHOSEN = ['job=~"$job"', 'instance=~"$instance"'];

/** What happened each second: a counter's increase, or how many values a histogram was given. */
export function rate(family: Family, { by = [], where }: Choice = {}): Query {
  return aggregated('sum', rateOf(counted(family, where)), family, by);
}

/** What the values that a histogram was given came to, each second. */
export function rateOfSum(family: Family, { by = [], where }: Choice = {}): Query {
  return aggregated('sum', rateOf(selector(family, '_sum', where)), family, by);
}

/** The part of what happened that `where` describes, from 0 to 1; 0 where nothing of it happened. */
export function share(family: Family, { by = [], where }: Required<Pick<Choice, 'where'>> & Choice): Query {
  const all = rate(family, { by });
  const part = rate(family, { by, where });
  return { ...all, expr: `(${part.expr} or 0 * ${all.expr}) / ${all.expr}` };
}

/** A quantile, estimated from a histogram's classic buckets. */
export function quantile(q: number, family: Family, { by = [], where }: Choice = {}): Query {
  const buckets = rateOf(selector(family, '_bucket', where));
  const labels = ['le', ...by.map((attribute) => labelOf(family, attribute))].join(', ');
  const legend = by.length === 0 ? `p${q * 100}` : legendOf(family, by);
  return { expr: `histogram_quantile(${q}, sum by (${labels}) (${buckets}))`, legend };
}

/** Where most values were is `p50`; the slowest hundredth begins at `p99`. */
export function quantiles(family: Family, choice: Pick<Choice, 'where'> = {}): Query[] {
  return [0.5, 0.95, 0.99].map((q) => quantile(q, family, choice));
}

/** The values that a histogram was given, on average. */
export function mean(family: Family, choice: Choice = {}): Query {
  return per(rateOfSum(family, choice), rate(family, choice));
}

/** The buckets of a histogram, for a heat map. */
export function buckets(family: Family, { where }: Pick<Choice, 'where'> = {}): Query {
  return { expr: `sum by (le) (${rateOf(selector(family, '_bucket', where))})`, legend: '{{le}}' };
}

/** What a gauge or an up-down counter says now. */
export function level(
  family: Family,
  { by = [], where, join = 'sum' }: Choice & { join?: 'sum' | 'max' | 'min' | 'avg' | 'count' } = {},
): Query {
  return aggregated(join, selector(family, '', where), family, by);
}

/**
 * What Prometheus says of the targets that it scrapes, of those jobs only that have had the metric in the time
 * that is looked at: where no job is chosen, all are.
 */
export function ofTargets(
  family: Family,
  metric: Family,
  { by = [], join }: { by?: readonly string[]; join: 'max' | 'avg' },
): Query {
  const jobs = `group by (job) (present_over_time(${selector(metric, '')}[$__range]))`;
  return aggregated(join, `${selector(family, '')} and on (job) ${jobs}`, family, by);
}

/** How many seconds ago the moment was that a gauge names by its Unix time. */
export function secondsSince(family: Family, { by = [] }: Pick<Choice, 'by'> = {}): Query {
  const { expr, legend } = level(family, { by, join: 'max' });
  return { expr: `time() - ${expr}`, legend };
}

/** Where a gauge that only grows has begun anew. */
export function resets(family: Family): Query {
  const legend = '{{instance}} {{process_pid}}';
  return { expr: `resets(${selector(family, '')}[$__rate_interval]) > 0`, legend };
}

/** One by the other, where both have the same labels. */
export function per(part: Query, whole: Query): Query {
  return { expr: `${part.expr} / ${whole.expr}`, legend: part.legend };
}

/** The query with another legend, which may name labels: `{{http_route}}`. */
export function named(legend: string, { expr }: Query): Query {
  return { expr, legend };
}

/** The same, with a word in the place of an attribute that some series do not have. */
export function orNamed(word: string, attribute: string, family: Family, { expr, legend }: Query): Query {
  const label = labelOf(family, attribute);
  return { expr: `label_replace(${expr}, "${label}", "${word}", "${label}", "")`, legend };
}

/** Both together. Each is one series without labels. */
export function plus(one: Query, other: Query): Query {
  return { expr: `(${one.expr}) + (${other.expr})`, legend: one.legend };
}

/** The largest of the series. */
export function largest({ expr }: Query): Query {
  return { expr: `max(${expr})`, legend: '__auto' };
}

/** What is left of 1. */
export function rest({ expr, legend }: Query): Query {
  return { expr: `1 - ${expr}`, legend };
}

/** The largest series only. */
export function top(count: number, { expr, legend }: Query): Query {
  return { expr: `topk(${count}, ${expr})`, legend };
}

/** The query, or 0 while it has no series. */
export function orZero({ expr, legend }: Query): Query {
  return { expr: `${expr} or vector(0)`, legend };
}

function counted(family: Family, where: Choice['where']): string {
  return selector(family, family.type === 'histogram' ? '_count' : '', where);
}

function rateOf(selected: string): string {
  return `rate(${selected}[$__rate_interval])`;
}

function selector(family: Family, suffix: string, where: Choice['where'] = {}): string {
  const chosen = Object.entries(where).map(([attribute, value]) => {
    const label = labelOf(family, attribute);
    // A label that is not there is an empty one, which the first alternative matches.
    if (typeof value !== 'string')
      return value.except === undefined ? `${label}!=""` : `${label}!~"|${value.except}"`;
    checkValue(family, attribute, value);
    return `${label}="${value}"`;
  });
  return `${family.name}${suffix}{${[...CHOSEN, ...chosen].join(', ')}}`;
}

function aggregated(join: string, selected: string, family: Family, by: readonly string[]): Query {
  const labels = by.map((attribute) => labelOf(family, attribute));
  const grouping = labels.length === 0 ? '' : ` by (${labels.join(', ')})`;
  const spaced = labels.length === 0 ? '' : ' ';
  return { expr: `${join}${grouping}${spaced}(${selected})`, legend: legendOf(family, by) };
}

/** A series without labels has the name of its panel. */
function legendOf(family: Family, by: readonly string[]): string {
  return by.map((attribute) => `{{${labelOf(family, attribute)}}}`).join(' ') || '__auto';
}
