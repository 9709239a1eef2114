import type { Measure } from './wire.ts';

/** A line of a chart: of which metric, and how one number is made of its series. */
export interface LineSpec {
  readonly label: string;
  readonly metric: string;
  /**
   * `rate`: what was counted, a second; `time`: a histogram's sum, a second; `failed`: the share with an
   * error; `clientErrors`: the share of a server's 4xx; `sum` and `max` of values; the mean or a quantile of a histogram over the last ticks.
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

/** Operations in a table: a histogram of their durations, a row for each set of values of the attributes. */
export interface TableSpec {
  readonly metric: string;
  /** Attributes, with what they are called. */
  readonly keys: readonly (readonly [attribute: string, title: string])[];
  /** Whether the operations are a server's, with 4xx statuses of their own. */
  readonly hasClientErrors?: true;
}

/** What belongs together; it is shown when the service has any of these metrics. */
export interface SectionSpec {
  readonly id: string;
  readonly title: string;
  readonly charts: readonly ChartSpec[];
  readonly table?: TableSpec;
}
