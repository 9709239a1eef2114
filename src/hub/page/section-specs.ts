import type { Measure } from './wire.ts';

/** A line of a chart: its metric, and how the metric's series become one number. */
export interface LineSpec {
  readonly label: string;
  readonly metric: string;
  /**
   * `rate`: operations per second; `time`: a histogram's sum per second; `failed`: the share with an error;
   * `clientErrors`: the share of a server's 4xx; `sum` and `max` of the values; a histogram's mean or quantile.
   */
  readonly of: 'rate' | 'time' | 'failed' | 'clientErrors' | 'sum' | 'max' | 'mean' | 'p50' | 'p95' | 'p99';
  /** Only series with these attributes. */
  readonly where?: Readonly<Record<string, string>>;
  /** A line for each value of this attribute, labelled with the value. */
  readonly by?: string;
  readonly isLimit?: true;
  /** Subtracted from the value, which does not become negative. */
  readonly minus?: number;
}

export interface ChartSpec {
  readonly id: string;
  readonly title: string;
  readonly measure: Measure;
  readonly lines: readonly LineSpec[];
}

/** A table of operations: a histogram of their durations, and the attributes that distinguish the rows. */
export interface TableSpec {
  readonly metric: string;
  /** Attributes with their column titles. */
  readonly keys: readonly (readonly [attribute: string, title: string])[];
  /** Whether the operations are a server's, with 4xx statuses of their own. */
  readonly hasClientErrors?: true;
  /** The charts of one row's own view. Absent: rows have no such view. */
  readonly charts?: readonly ChartSpec[];
  /** Whether it can tell the operations of a time in the past. */
  readonly hasPast?: true;
  /** Other metrics of these charts, with the same attributes as the table's. */
  readonly beside?: readonly string[];
}

/** A section of the page. It appears once the service has one of its metrics. */
export interface SectionSpec {
  readonly id: string;
  readonly title: string;
  readonly charts: readonly ChartSpec[];
  readonly table?: TableSpec;
}
