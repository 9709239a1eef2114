import type { Attributes, ValueType } from '@opentelemetry/api';

/**
 * What crosses between a recorder (application thread) and the hub: messages and cell layouts.
 * Both sides import this module and nothing else of each other.
 *
 * A series is a run of float64 cells in one slab (a `SharedArrayBuffer`). Only the recorder's thread
 * writes cells; the hub only reads them. A series is announced by message after its cells are set up,
 * so the hub never sees a run that is half made. Its exemplars are a second run, announced when it has
 * its first.
 *
 * A series that is removed is announced as such, and its cells stay as they are until the hub has said
 * that it reads them no more; then they may become another series'. Only the recorder's thread removes
 * series, so no recording is lost between a reading and a removal: the hub asks for the removal of one that
 * has been idle, saying how much it has seen of it, and is refused when there has been more since.
 *
 * Memory ordering. A cell is written and read as a plain float64: a load or store of eight aligned bytes
 * is one access on every 64-bit processor, and one cell at a time never goes back. Where several cells
 * mean something only together (an exponential histogram while it is rescaled, an exemplar), the run has
 * a sequence: an int32 in the first half of a cell, which the writer makes odd before it touches the
 * others and even again afterwards. The writer does so by `Atomics.add`. The reader looks at the sequence
 * by `Atomics.load`, reads the cells, and looks again by an `Atomics.add` of 0; it retries when the
 * sequence was odd or has changed. The second look must be an addition, though it changes nothing:
 * earlier plain reads may move past an atomic load, but whatever the writer does after the reader's
 * addition it does after the reader's reads as well. (ECMAScript, "Memory Model": "happens-before" by
 * synchronising read-modify-writes, and "Coherent Reads")
 */
/** The seven instruments of the OpenTelemetry metrics API. */
export type InstrumentKind =
  | 'counter'
  | 'upDownCounter'
  | 'histogram'
  | 'gauge'
  | 'observableCounter'
  | 'observableUpDownCounter'
  | 'observableGauge';

/** Whom an instrument belongs to: the arguments of `MeterProvider.getMeter`. */
export interface ScopeDescription {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string | undefined;
}

export interface InstrumentDescription {
  /** Unique within the recorder, counted from 0. */
  readonly id: number;
  readonly scope: ScopeDescription;
  readonly name: string;
  readonly kind: InstrumentKind;
  /** UCUM unit as given by the application, or ''. */
  readonly unit: string;
  readonly description: string;
  readonly valueType: ValueType;
  /** Histograms only: upper bounds of the explicit buckets, ascending, without +Inf. */
  readonly boundaries: readonly number[] | undefined;
  /** Histograms only: the boundaries of explicit buckets in the cells, if they are finer; they have all of {@link boundaries}. */
  readonly cellBoundaries?: readonly number[] | undefined;
  /** Histograms only: the buckets are base-2 exponential ones, and the boundaries are not in use. */
  readonly isExponential: boolean;
  /** Histograms only: runs end with {@link INTERVAL_CELLS}. */
  readonly hasIntervals?: boolean;
  /** The most series it may have, the overflow series included. */
  readonly seriesLimit: number;
  /** Milliseconds after which a series that nothing is recorded into may be removed; 0 keeps all. */
  readonly seriesIdle: number;
  /** Gauges only: the rule that the application gave for making one of those of several processes. */
  readonly merge: string | undefined;
}

export interface SeriesDescription {
  /** Unique within the recorder, counted from 0. */
  readonly id: number;
  readonly instrument: number;
  readonly slab: number;
  /** Index of the run's first cell in the slab. */
  readonly at: number;
  /** Cells in the run. */
  readonly length: number;
  readonly attributes: Attributes;
}

/** Where the exemplars of a series are: a run of `slots` times {@link EXEMPLAR_CELLS}. */
interface ExemplarsDescription {
  readonly instrument: number;
  readonly series: number;
  readonly slab: number;
  readonly at: number;
  readonly slots: number;
}

/*
 * Cell layouts, as offsets from the run's first cell.
 *
 * START holds the series' start time in milliseconds since the epoch, see {@link startOf}, or 0 while the series
 * is absent (an observable that no longer reports it). Every run begins with it.
 *
 * A scalar (sums and gauges) has one value, and a synchronous gauge the number of times it was set. A histogram
 * has sum, minimum, maximum and one count a bucket; its total count is the sum of its buckets and is stored
 * nowhere, so that the two can never disagree. A reader may see a sum that is one recording ahead of the buckets:
 * there is no lock.
 */
export const START = 0;
/**
 * A start that the clock did not tell. It is above 0, so that the series is there, and rounds to the epoch, which
 * OTLP and the compatibility rules of Prometheus take for an unknown start.
 */
const UNKNOWN_START = Number.MIN_VALUE;
export const SCALAR_VALUE = 1;
export const SCALAR_CELLS = 2;
export const GAUGE_WRITES = 2;
export const GAUGE_CELLS = 3;
export const HISTOGRAM_SUM = 1;
export const HISTOGRAM_MIN = 2;
export const HISTOGRAM_MAX = 3;
export const EXPLICIT_BUCKETS = 4;

/*
 * A base-2 exponential histogram (metrics data model, "ExponentialHistogram") has a window of counts for
 * the buckets BASE to BASE + 159 of its SCALE, and the count of zeros. While no value above zero has been
 * recorded, the base is above every index there is. SCALE, BASE and the counts are moved together under
 * the sequence; counting a value that falls into the window changes one count, and no sequence.
 *
 * Instruments of the API give no negative values to a histogram. Were that to change, a second base and
 * as many counts would follow the positive ones.
 */
export const EXPONENTIAL_SEQUENCE = 4;
export const EXPONENTIAL_SCALE = 5;
export const EXPONENTIAL_BASE = 6;
export const EXPONENTIAL_ZERO = 7;
export const EXPONENTIAL_BUCKETS = 8;
export const EXPONENTIAL_NO_BASE = 2 ** 30;
/** Buckets in the window: the specification's default for MaxSize. */
export const EXPONENTIAL_SIZE = 160;
export const EXPONENTIAL_CELLS = EXPONENTIAL_BUCKETS + EXPONENTIAL_SIZE;

/*
 * A histogram whose receiver prefers differences ends its run with count, minimum and maximum of one interval. ASKED is
 * the number of the present interval, and the only cell that the hub writes. NUMBER is that of the interval in the
 * other cells: when the two differ, the next recording begins anew. There is no lock here either: a recording may fall
 * between the hub's reading and its writing. The interval's count then differs from the buckets', and tells.
 */
export const INTERVAL_ASKED = 0;
export const INTERVAL_NUMBER = 1;
export const INTERVAL_COUNT = 2;
export const INTERVAL_MIN = 3;
export const INTERVAL_MAX = 4;
export const INTERVAL_CELLS = 5;

/*
 * An exemplar: the value recorded, when (milliseconds since the epoch, 0 while the slot is empty), and by
 * which span. Trace id and span id are six int32 words in their order as written in hexadecimal; all are 0
 * for a measurement without a span. An explicit histogram has a slot a bucket, an exponential one a slot
 * for zeros and nineteen for the powers of two in turn, a counter one.
 */
export const EXEMPLAR_SEQUENCE = 0;
export const EXEMPLAR_VALUE = 1;
export const EXEMPLAR_TIME = 2;
export const EXEMPLAR_IDS = 3;
export const EXEMPLAR_CELLS = 6;
export const ID_WORDS = 6;

/** Int32 words in a cell: where a sequence and the ids of an exemplar are in an `Int32Array` of the slab. */
export const WORDS_PER_CELL = 2;

/** A reading of the clock for {@link START}. Fake timers and broken clocks read 0, below it, or no number. */
export function startOf(now: number): number {
  return now > 0 && now < Number.POSITIVE_INFINITY ? now : UNKNOWN_START;
}

/** What a recorder tells the hub. Order is the order of events. */
export type RecorderMessage =
  | { readonly type: 'slab'; readonly slab: number; readonly buffer: SharedArrayBuffer }
  /** A new instrument, or one that is described anew: by another text or, while it has no series, other buckets. */
  | { readonly type: 'instrument'; readonly instrument: InstrumentDescription }
  | { readonly type: 'series'; readonly series: SeriesDescription }
  /** A series has taken its first exemplar. */
  | { readonly type: 'exemplars'; readonly exemplars: ExemplarsDescription }
  /** Series are no more. Answered by `released` as soon as their cells are read no more. */
  | {
      readonly type: 'removed';
      readonly removal: number;
      readonly instrument: number;
      readonly series: readonly number[];
    }
  /** To a hub that has just been told all there is: what earlier ones read no more. Answered as `removed` is. */
  | { readonly type: 'announced'; readonly removal: number }
  /** Callbacks of observables have run; `errors` are the messages of those that failed. */
  | { readonly type: 'observed'; readonly request: number; readonly errors: readonly string[] };

/** What the hub asks of a recorder. */
export type RecorderRequest =
  | {
      readonly type: 'observe';
      readonly request: number;
      /** How long a callback may take before its numbers are given up, in milliseconds. */
      readonly timeout: number;
    }
  /** The cells of this removal, and of all before it, are read no more. */
  | { readonly type: 'released'; readonly removal: number }
  | ExpireRequest;

/** Series of one instrument have been idle: each is to be removed unless its activity has changed since. */
export interface ExpireRequest {
  readonly type: 'expire';
  readonly instrument: number;
  /** By the series' ids, what {@link activityOf} said of each. */
  readonly idle: ReadonlyMap<number, number>;
}

/**
 * A number for what has been recorded into a series: while it is the same, nothing has been that would be
 * lost with the series. For a sum it is its value, which additions of 0 leave as it is.
 */
export function activityOf(
  { kind, isExponential, boundaries, cellBoundaries = boundaries }: InstrumentDescription,
  cells: Float64Array,
  at: number,
): number {
  switch (kind) {
    case 'gauge':
      return cells[at + GAUGE_WRITES]!;
    case 'histogram':
      return isExponential
        ? cells[at + EXPONENTIAL_ZERO]! + sumOf(cells, at + EXPONENTIAL_BUCKETS, EXPONENTIAL_SIZE)
        : sumOf(cells, at + EXPLICIT_BUCKETS, (cellBoundaries?.length ?? 0) + 1);
    default:
      return cells[at + SCALAR_VALUE]!;
  }
}

function sumOf(cells: Float64Array, first: number, length: number): number {
  let sum = 0;
  for (let i = first; i < first + length; i++) sum += cells[i]!;
  return sum;
}
