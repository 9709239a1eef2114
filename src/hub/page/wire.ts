/*
 * The frames that the hub sends to viewers, each as JSON in one server-sent event. The page, `pitot top` and the hub
 * share these types.
 *
 * A frame has the current state, and the points of all lines since the viewer's last frame. Times are in milliseconds
 * since the epoch; a missing point is null.
 */

/** A point of a history. */
export type Point = number | null;

/** How to write a number: seconds, bytes, a share of 1, cores of a CPU or a plain number; the others also per second. */
export type Measure = 's' | 's/s' | 'By' | 'By/s' | 'ratio' | 'cpu' | 'count' | '/s';

/** A quantile as far as the buckets tell it. */
export interface Quantile {
  readonly value: Point;
  /**
   * Absent: the value is right to within its bucket. Else the bucket is open on one side, and any number in it would be
   * a guess: the quantile is at most the value, or above it.
   */
  readonly bound?: 'atMost' | 'above';
}

/** The last minute. Durations are in seconds. */
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
  /** The key of its points in {@link Frame.points}. */
  readonly id: string;
  readonly label: string;
  /** Whether it is a limit, and no measurement. */
  readonly isLimit: boolean;
  /** The newest value of a quantile that has no point, because its buckets tell only a bound of it. */
  readonly newest?: Quantile;
}

export interface ChartView {
  readonly id: string;
  readonly title: string;
  readonly measure: Measure;
  /** Seconds up to its time that a point covers; null for values of a moment. */
  readonly over: Point;
  readonly lines: readonly LineView[];
  /** Whether lines are values of an attribute. Then a single one needs its name too. */
  readonly isSplit: boolean;
}

/** One kind of operation: a route, a query, a workflow. */
export interface RowView extends Recent {
  /** One text for each of the table's keys. */
  readonly key: readonly string[];
  /** Whether it stands for all operations without a row. It comes last. */
  readonly isOthers: boolean;
  /** Since the start of the service; exact. */
  readonly total: number;
  readonly failed: number;
  /** Operations per second: the points since the viewer's last frame. */
  readonly spark: readonly Point[];
}

export interface TableView {
  /** The titles of the keys. */
  readonly keys: readonly string[];
  /** Whether the rows have client errors. */
  readonly hasClientErrors: boolean;
  /** Whether each row but the others' has a view of its own ({@link OperationFrame}). */
  readonly hasViews: boolean;
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
  /** The meaning of "healthy". */
  readonly detail: string;
}

export interface HealthView {
  readonly service: string;
  /** The service's version, or ''. */
  readonly version: string;
  /** As `Node.js 24.1.0`. */
  readonly runtime: string;
  /** Seconds. */
  readonly uptime: Point;
  /** The latest time at which the service can have started: collecting the uptime takes a while. */
  readonly startedBy: number;
  /** Processes with fresh numbers, and with old ones. */
  readonly processes: number;
  readonly stale: number;
  /** The application's threads with a watched event loop. */
  readonly threads: number;
  /** The stalls of these event loops: their number and total duration. Undefined if none is watched. */
  readonly stalls: { readonly count: number; readonly seconds: number } | undefined;
  readonly state: ServiceState;
}

/** A function that held an event loop, since the start of the service. */
export interface StallCauseView {
  /** '(others)' beyond the limit of series. */
  readonly function: string;
  readonly file: string;
  readonly thread: string;
  readonly count: number;
  readonly seconds: number;
}

/** One stall of an event loop. */
export interface StallEntry {
  readonly pid: number;
  /** When it began, and its duration, so far if it is not over, in seconds. */
  readonly time: number;
  readonly seconds: number;
  readonly isOver: boolean;
  readonly thread: string;
  /** The function that held the loop and its callers, as `name (file:line)`; empty if unknown. */
  readonly stack: readonly string[];
  /** Further facts about its cause, or the reason why it is unknown. */
  readonly detail: string;
  /** The requests that waited, as `GET /users`. */
  readonly routes: readonly string[];
}

export type MetricType = 'counter' | 'upDownCounter' | 'gauge' | 'histogram';

/** A metric in the explorer's list. */
export interface MetricView {
  readonly key: string;
  readonly name: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  /** The name in Prometheus, or '' if it is not served. */
  readonly prometheus: string;
  readonly series: number;
  /** Whether series beyond the limit count in one overflow series. */
  readonly isOverflowing: boolean;
  /** Attributes with their numbers of values, the largest first. */
  readonly attributes: readonly (readonly [key: string, values: number])[];
}

export interface Frame {
  /** Identifies the history. If it changes, the viewer drops what it has. */
  readonly run: string;
  /** Whether it has the whole history, and not only new points. */
  readonly isWhole: boolean;
  readonly interval: number;
  /** The id of the process that the frame describes; null for the whole service. */
  readonly process: number | null;
  /** The ids of the processes that have frames; empty for a single process. */
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
  /** The functions with the most time in stalls first; empty without stalls. */
  readonly stallCauses: readonly StallCauseView[];
  /** The last stalls, the newest first; absent while they are unchanged. */
  readonly stalls?: readonly StallEntry[];
  /** The tick in which the list of metrics ({@link MetricList}) changed last. */
  readonly listed: number;
  /** Largest number of series of an instrument. */
  readonly seriesLimit: number;
}

/** The response of `/page/metrics`: all metrics, or those that changed since the viewer's last list. */
export interface MetricList {
  /** Whether it has all metrics. */
  readonly isWhole: boolean;
  /** The viewer sends it back as `after`, to get only later changes. */
  readonly position: string;
  /** Metrics in all. */
  readonly total: number;
  readonly metrics: readonly MetricView[];
}

/** Some seconds of a latency heat map. */
export interface HeatColumn {
  /** When it begins. */
  readonly time: number;
  readonly seconds: number;
  /** The number of values above the first number, in seconds, up to the second; null: without an end. */
  readonly cells: readonly (readonly [above: number, upTo: Point, count: number])[];
}

/** The frame of one row's own view. */
export interface OperationFrame {
  readonly run: string;
  readonly isWhole: boolean;
  readonly times: readonly number[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
  /** Empty while too many other rows have a history. */
  readonly charts: readonly ChartView[];
  /** Durations since the viewer's last frame. A column replaces an earlier one of its time. */
  readonly heat: readonly HeatColumn[];
}

/** The response of `/page/operations`: the operations of a time in the past. */
export interface PastRows {
  /** The time that the rows cover, which may be somewhat more than was asked for. */
  readonly from: number;
  readonly to: number;
  /** Operations that ran in that time. Their lines are empty. */
  readonly rows: readonly RowView[];
}

/** One series of a metric. */
export interface SeriesView {
  readonly labels: Readonly<Record<string, string>>;
  /** The value; a histogram's count. */
  readonly value: number;
  /** Per second, of counters and histograms. */
  readonly rate: Point;
}

/** The frame of one metric. `total` counts all its series, `series` lists the first ones. */
export interface MetricFrame {
  readonly run: string;
  readonly isWhole: boolean;
  readonly times: readonly number[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
  readonly charts: readonly ChartView[];
  /** The first series. */
  readonly series: readonly SeriesView[];
  readonly total: number;
}
