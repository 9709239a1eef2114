import { checkValue, type Family, labelOf } from './metric.ts';

/** PromQL, with the legend of its series. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** For `where`: the attribute is present, and its whole value does not match the expression. */
interface Present {
  readonly except?: string;
}

/** For `where`: the attribute is present, with any value. */
export const PRESENT: Present = {};

interface Choice {
  /** Attributes to group by, with their OpenTelemetry names. */
  readonly by?: readonly string[];
  /** Selects series whose attributes have these values. */
  readonly where?: Readonly<Record<string, string | Present>>;
}

/** Grafana's variables, in every selector of every dashboard. */
const CHOSEN = ['job=~"$job"', 'instance=~"$instance"'];

/*
 * Prometheus stores a histogram as classic series with suffixes, or natively as one series without a suffix (exponential
 * buckets, or classic bounds with `convert_classic_histograms_to_nhcb`). Queries ask for both forms, because a dashboard
 * does not know which one there is. If a series has both, `or` takes the first.
 */

/** Events per second: a counter's increase, or a histogram's number of values. */
export function rate(family: Family, { by = [], where }: Choice = {}): Query {
  if (family.type !== 'histogram') return aggregated('sum', rateOf(selector(family, '', where)), family, by);
  return aggregated('sum', eitherForm(family, 'count', where), family, by);
}

/** The sum of a histogram's values, per second. */
export function rateOfSum(family: Family, { by = [], where }: Choice = {}): Query {
  return aggregated('sum', eitherForm(family, 'sum', where), family, by);
}

/** The share of events that `where` selects, from 0 to 1; 0 if none was selected. */
export function share(family: Family, { by = [], where }: Required<Pick<Choice, 'where'>> & Choice): Query {
  const all = rate(family, { by });
  const part = rate(family, { by, where });
  return { ...all, expr: `(${part.expr} or 0 * ${all.expr}) / ${all.expr}` };
}

/** A quantile, estimated from a histogram's buckets. */
export function quantile(q: number, family: Family, { by = [], where }: Choice = {}): Query {
  const labels = by.map((attribute) => labelOf(family, attribute));
  const native = `sum${grouping(labels)}(${rateOf(selector(family, '', where))})`;
  const classic = `sum${grouping(['le', ...labels])}(${rateOf(selector(family, '_bucket', where))})`;
  const legend = by.length === 0 ? `p${q * 100}` : legendOf(family, by);
  return { expr: `histogram_quantile(${q}, ${native}) or histogram_quantile(${q}, ${classic})`, legend };
}

/** The quantiles p50 to p99 of a histogram. */
export function quantiles(family: Family, choice: Pick<Choice, 'where'> = {}): Query[] {
  return [0.5, 0.95, 0.99].map((q) => quantile(q, family, choice));
}

/** The average of a histogram's values. */
export function mean(family: Family, choice: Choice = {}): Query {
  return per(rateOfSum(family, choice), rate(family, choice));
}

/** The buckets of a histogram, for a heat map. */
export function buckets(family: Family, { where }: Pick<Choice, 'where'> = {}): Query {
  const classic = `sum by (le) (${rateOf(selector(family, '_bucket', where))})`;
  const native = `sum(${rateOf(selector(family, '', where))})`;
  return { expr: `${classic} or ${native}`, legend: '{{le}}' };
}

/** The current value of a gauge or an up-down counter. */
export function level(
  family: Family,
  { by = [], where, join = 'sum' }: Choice & { join?: 'sum' | 'max' | 'min' | 'avg' | 'count' } = {},
): Query {
  return aggregated(join, selector(family, '', where), family, by);
}

/**
 * A metric that Prometheus adds for its targets, only for jobs that had the other metric in the dashboard's time range:
 * with no job selected, the variable matches all jobs.
 */
export function ofTargets(
  family: Family,
  metric: Family,
  { by = [], join }: { by?: readonly string[]; join: 'max' | 'avg' },
): Query {
  const jobs = `group by (job) (present_over_time(${selector(metric, '')}[$__range]))`;
  return aggregated(join, `${selector(family, '')} and on (job) ${jobs}`, family, by);
}

/** Seconds since the Unix time in a gauge. */
export function secondsSince(family: Family, { by = [] }: Pick<Choice, 'by'> = {}): Query {
  const { expr, legend } = level(family, { by, join: 'max' });
  return { expr: `time() - ${expr}`, legend };
}

/** The points at which a growing gauge restarts. */
export function resets(family: Family): Query {
  const legend = '{{instance}} {{process_pid}}';
  return { expr: `resets(${selector(family, '')}[$__rate_interval]) > 0`, legend };
}

/** One query divided by the other, for series with the same labels. */
export function per(part: Query, whole: Query): Query {
  return { expr: `${part.expr} / ${whole.expr}`, legend: part.legend };
}

/** The query with another legend, which may name labels: `{{http_route}}`. */
export function named(legend: string, { expr }: Query): Query {
  return { expr, legend };
}

/** The query with a word instead of an attribute that some series lack. */
export function orNamed(word: string, attribute: string, family: Family, { expr, legend }: Query): Query {
  const label = labelOf(family, attribute);
  return { expr: `label_replace(${expr}, "${label}", "${word}", "${label}", "")`, legend };
}

/** The sum of both. Each is one series without labels. */
export function plus(one: Query, other: Query): Query {
  return { expr: `(${one.expr}) + (${other.expr})`, legend: one.legend };
}

/** The largest of the series. */
export function largest({ expr }: Query): Query {
  return { expr: `max(${expr})`, legend: '__auto' };
}

/** 1 minus the query. */
export function rest({ expr, legend }: Query): Query {
  return { expr: `1 - ${expr}`, legend };
}

/** Only the largest series. */
export function top(count: number, { expr, legend }: Query): Query {
  return { expr: `topk(${count}, ${expr})`, legend };
}

/** The query, or 0 while it has no series. */
export function orZero({ expr, legend }: Query): Query {
  return { expr: `${expr} or vector(0)`, legend };
}

/** The rate of a histogram's count or sum, for each series. */
function eitherForm(family: Family, part: 'count' | 'sum', where: Choice['where']): string {
  const classic = rateOf(selector(family, `_${part}`, where));
  return `${classic} or histogram_${part}(${rateOf(selector(family, '', where))})`;
}

function rateOf(selected: string): string {
  return `rate(${selected}[$__rate_interval])`;
}

function selector(family: Family, suffix: string, where: Choice['where'] = {}): string {
  const chosen = Object.entries(where).map(([attribute, value]) => {
    const label = labelOf(family, attribute);
    // PromQL treats a missing label as empty; the first alternative matches it.
    if (typeof value !== 'string')
      return value.except === undefined ? `${label}!=""` : `${label}!~"|${value.except}"`;
    checkValue(family, attribute, value);
    return `${label}="${value}"`;
  });
  return `${family.name}${suffix}{${[...CHOSEN, ...chosen].join(', ')}}`;
}

function aggregated(join: string, selected: string, family: Family, by: readonly string[]): Query {
  const labels = by.map((attribute) => labelOf(family, attribute));
  return { expr: `${join}${grouping(labels)}(${selected})`, legend: legendOf(family, by) };
}

/** The text between an aggregation and its parenthesis. */
function grouping(labels: readonly string[]): string {
  return labels.length === 0 ? '' : ` by (${labels.join(', ')}) `;
}

/** The legend of a series. A series without labels gets the panel's title. */
function legendOf(family: Family, by: readonly string[]): string {
  return by.map((attribute) => `{{${labelOf(family, attribute)}}}`).join(' ') || '__auto';
}
