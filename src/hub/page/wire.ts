/*
 * What the hub sends to a viewer: frames, each as JSON in one server-sent event. The page, `pitot top` and
 * the hub import these types and nothing else of each other.
 *
 * A frame has all that is true now, and of what has a history the points since the viewer's last frame.
 * Times are in milliseconds since the epoch; a point that does not exist is null.
 */

/** A point of a history. */
export type Point = number | null;

/** How a number is written: seconds, bytes, a share of 1, CPUs, or a plain number, each also a second. */
export type Measure = 's' | 'By' | 'By/s' | 'ratio' | 'cpu' | 'count' | '/s';

/** A quantile as far as the buckets tell it. */
export interface Quantile {
  readonly value: Point;
  /**
   * Absent: the value is right to within its bucket. Else the bucket is open on one side, and any number in it would be a
   * guess: the quantile is at most the value, or above it.
   */
  readonly bound?: 'atMost' | 'above';
}

/** What happened in the last minute. Durations are in seconds. */
export interface Recent {
  /** Operations per second. */
  readonly rate: Point;
  /** The share that failed. */
  readonly errors: Point;
  /** The share that a server answered with 4xx: the client's fault, and no failure of the service. */
  readonly clientErrors: Point;
  readonly mean: Point;
  readonly p50: Quantile;
  readonly p95: Quantile;
  readonly p99: Quantile;
}

export interface LineView {
  /** Where its points are in {@link Frame.points}. */
  readonly id: string;
  readonly label: string;
  /** Something that is not to be exceeded, and not a measurement. */
  readonly isLimit: boolean;
}

export interface ChartView {
  readonly id: string;
  readonly title: string;
  readonly measure: Measure;
  /** Seconds up to its time that a point covers; null for values of a moment. */
  readonly over: Point;
  readonly lines: readonly LineView[];
}

/** One kind of operation: a route, a query, a workflow. */
export interface RowView extends Recent {
  /** One text for each of the table's keys. */
  readonly key: readonly string[];
  /** Since the start of the service; exact. */
  readonly total: number;
  readonly failed: number;
  /** Operations a second, the points since the viewer's last frame. */
  readonly spark: readonly Point[];
}

export interface TableView {
  /** What the keys are called. */
  readonly keys: readonly string[];
  /** Whether the rows have client errors. */
  readonly hasClientErrors: boolean;
  readonly rows: readonly RowView[];
}

export interface SectionView {
  readonly id: string;
  readonly title: string;
  readonly charts: readonly ChartView[];
  readonly table: TableView | undefined;
}

/** The state of the service in a few words. */
export interface ServiceState {
  readonly level: 'good' | 'warning' | 'bad' | 'unknown';
  readonly text: string;
  /** What "healthy" means. */
  readonly detail: string;
}

export interface HealthView {
  readonly service: string;
  /** Of the service, or ''. */
  readonly version: string;
  /** As `Node.js 24.1.0`. */
  readonly runtime: string;
  /** Seconds. */
  readonly uptime: Point;
  /** Processes whose numbers are fresh, and old. */
  readonly processes: number;
  readonly stale: number;
  /** Threads of the application whose event loops are watched. */
  readonly threads: number;
  /** Stalls of its event loops, where they are watched: how many, and for how many seconds together. */
  readonly stalls: { readonly count: number; readonly seconds: number } | undefined;
  readonly state: ServiceState;
}

export type MetricType = 'counter' | 'upDownCounter' | 'gauge' | 'histogram';

/** A metric in the list of all. */
export interface MetricView {
  readonly key: string;
  readonly name: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  /** The name in Prometheus, and a query for it. */
  readonly prometheus: string;
  readonly promql: string;
  readonly series: number;
  /** Whether series beyond the limit were counted as one. */
  readonly isOverflowing: boolean;
  /** Attributes by how many values they have, the largest first. */
  readonly attributes: readonly (readonly [key: string, values: number])[];
}

export interface Frame {
  /** Another one means: of another run, so that nothing known from before holds. */
  readonly run: string;
  /** All that is remembered, instead of what is new. */
  readonly isWhole: boolean;
  readonly interval: number;
  /** The id of the process whose frame it is; null for the service as a whole. */
  readonly process: number | null;
  /** Processes that can be looked at by themselves; none where there is but one. */
  readonly processes: readonly number[];
  readonly times: readonly number[];
  /** The points of lines at these times. */
  readonly points: Readonly<Record<string, readonly Point[]>>;
  readonly health: HealthView;
  readonly overview: Recent & {
    /** Since the start of the service; exact. */
    readonly requests: number;
    readonly failed: number;
  };
  readonly sections: readonly SectionView[];
  /** All metrics; absent while nothing of it has changed. */
  readonly metrics?: readonly MetricView[];
  /** Series one instrument may have. */
  readonly seriesLimit: number;
}

/** One series of a metric. */
export interface SeriesView {
  readonly labels: Readonly<Record<string, string>>;
  /** The value; of a histogram, the count. */
  readonly value: number;
  /** A second, for what is counted. */
  readonly rate: Point;
}

/** What is sent to those who look at one metric. */
export interface MetricFrame {
  readonly run: string;
  readonly isWhole: boolean;
  readonly times: readonly number[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
  readonly charts: readonly ChartView[];
  /** The first so many of them. */
  readonly series: readonly SeriesView[];
  readonly total: number;
}
