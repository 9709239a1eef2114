/** A selector of a query, with what stands around it. */
export interface Selector {
  readonly metric: string;
  /** As written, between the braces. */
  readonly matchers: string;
  /** Ranges only: the text between the brackets. */
  readonly range: string | undefined;
  /** The function that it is the argument of, if it is one's whole argument. */
  readonly inFunction: string | undefined;
}

const SELECTOR = /(?:([a-z_]+)\()?([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}(?:\[([^\]]+)\])?/g;

/**
 * The selectors of a query that writes braces after every metric, as the dashboards do: a metric without
 * them is not found, which the caller can see by what else is in the query.
 */
export function selectorsOf(expr: string): Selector[] {
  return [...expr.matchAll(SELECTOR)].map(([, inFunction, metric = '', matchers = '', range]) => ({
    metric,
    matchers,
    range,
    inFunction,
  }));
}

/** The words of PromQL besides metrics, as far as the dashboards use them. */
const WORDS =
  /^(sum|max|min|avg|count|group|by|or|and|on|topk|rate|resets|present_over_time|time|vector|histogram_(quantile|count|sum)|label_replace)$/;

/** Metrics that stand in a query without matchers. */
export function bareMetricsOf(expr: string): string[] {
  const rest = expr
    .replace(SELECTOR, '$1(')
    .replace(/"[^"]*"/g, '')
    .replace(/\b(by|on) \([^)]*\)/g, '');
  return (rest.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? []).filter((word) => !WORDS.test(word));
}
