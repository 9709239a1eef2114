/*
 * The parts of prom-client (15) and @prometheus-io/client (0.16) that the bridge uses. It reads the values where the
 * metrics store them, outside of the documented interfaces. The documented interfaces only offer a copy of everything,
 * with an object for each bucket of each series.
 */

/** A registry of either library. */
export interface PromRegistry {
  getMetricsAsArray(): readonly unknown[];
}

export type Labels = Readonly<Record<string, unknown>>;

/** One set of labels of a counter or gauge. */
export interface NumberEntry {
  readonly labels: Labels;
  readonly value: number;
  /** Counters only. */
  readonly exemplar?: PromExemplar | null;
}

/** A measurement with labels of its own. */
export interface PromExemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** One set of labels of a histogram. */
export interface HistogramEntry {
  readonly labels: Labels;
  readonly sum: number;
  readonly count: number;
  /** The number of values in each bucket and in no lower one, by upper bound. */
  readonly bucketValues: Readonly<Record<string, number>>;
  /** The latest of each bucket, by upper bound; `-1` for the last. */
  readonly bucketExemplars?: Readonly<Record<string, PromExemplar | null>>;
}

/** One line of a summary, as the library's own `get()` returns it. */
export interface SummaryLine {
  readonly labels: Labels;
  readonly value: number;
  /** `name_sum` or `name_count`; undefined for a quantile. */
  readonly metricName?: string;
}

interface Base {
  readonly name: string;
  readonly help: string;
  /** How `AggregatorRegistry` makes one value of those of a cluster. */
  readonly aggregator?: unknown;
  /** Sets the metric's values before a read. */
  readonly collect?: (this: unknown) => unknown;
}

/** A metric of either library. */
export type PromMetric =
  | (Base & { readonly type: 'counter' | 'gauge' })
  | (Base & { readonly type: 'histogram'; readonly upperBounds: readonly number[] })
  | (Base & { readonly type: 'summary'; get(): Promise<{ readonly values: readonly SummaryLine[] }> });

/** The metric if the bridge can read it; undefined otherwise. */
export function promMetric(value: unknown): PromMetric | undefined {
  if (!isObject(value)) return undefined;
  const { name, help, type, upperBounds, get } = value as {
    readonly [Key in keyof PromMetric | 'upperBounds' | 'get']?: unknown;
  };
  if (typeof name !== 'string' || typeof help !== 'string') return undefined;
  const isKnown =
    type === 'summary'
      ? typeof get === 'function'
      : entriesIn(value) !== undefined &&
        (type === 'counter' || type === 'gauge' || (type === 'histogram' && Array.isArray(upperBounds)));
  // The checks above cover every property that the bridge reads.
  return isKnown ? (value as PromMetric) : undefined;
}

/** The present values of a metric, for all its sets of labels. */
export function entriesOf(metric: PromMetric & { readonly type: 'counter' | 'gauge' }): Iterable<NumberEntry>;
export function entriesOf(metric: PromMetric & { readonly type: 'histogram' }): Iterable<HistogramEntry>;
export function entriesOf(metric: object): Iterable<unknown> {
  return entriesIn(metric) ?? [];
}

/** Labels that the registry adds to all its metrics. */
export function defaultLabelsOf(registry: object): Labels {
  const labels: unknown = Reflect.get(registry, '_defaultLabels');
  return isObject(labels) ? { ...labels } : {};
}

/** prom-client has an object keyed by the text of the labels, @prometheus-io/client a map of its own. */
function entriesIn(metric: object): Iterable<unknown> | undefined {
  const { hashMap, store } = metric as { readonly hashMap?: unknown; readonly store?: unknown };
  if (isObject(hashMap)) return Object.values(hashMap);
  if (!isObject(store) || !('values' in store) || typeof store.values !== 'function') return undefined;
  const values: unknown = store.values();
  return isObject(values) && Symbol.iterator in values ? (values as Iterable<unknown>) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
