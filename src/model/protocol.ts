import type { Attributes, ValueType } from '@opentelemetry/api';

/**
 * The protocol between a recorder (application thread) and the hub: messages and cell layouts.
 * Both sides import this module and nothing else of each other.
 *
 * A series is a run of float64 cells in one slab (a `SharedArrayBuffer`). Only the recorder's thread
 * writes cells; the hub only reads them. The recorder sets up the cells of a series before it announces the
 * series by message, so the hub never sees a half-made run. The exemplars of a series are a second run,
 * which the recorder announces with the first exemplar.
 *
 * The recorder announces each removal of a series. It leaves the cells unchanged until the hub reports that
 * it no longer reads them; then another series may use them. Only the recorder's thread removes series, so
 * no recording is lost between a reading and a removal. The hub requests the removal of an idle series and
 * sends the activity that it has seen; the recorder refuses if there has been more since.
 *
 * Memory ordering. Both sides access a cell as a plain float64. Loading or storing eight aligned bytes is
 * one access on every 64-bit processor, and successive reads of one cell never go back. Where several cells
 * have a meaning only together (an exponential histogram while it is rescaled, an exemplar), the run has
 * a sequence: an int32 in the first half of a cell. The writer makes it odd before it changes the other
 * cells, and even again afterwards, by `Atomics.add`. The reader reads the sequence by `Atomics.load`,
 * reads the cells, and reads the sequence again by an `Atomics.add` of 0. It retries if the sequence was
 * odd or has changed. The second read must be an addition, although it changes nothing: earlier plain reads
 * may move past an atomic load, but everything that the writer does after the reader's addition also
 * happens after the reader's reads. (ECMAScript, "Memory Model": "happens-before" by synchronising
 * read-modify-writes, and "Coherent Reads")
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

/** The owner of an instrument: the arguments of `MeterProvider.getMeter`. */
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
  /** Histograms only: finer boundaries of the buckets in the cells, if any. They include {@link boundaries}. */
  readonly cellBoundaries?: readonly number[] | undefined;
  /** Histograms only: the buckets are base-2 exponential, and the boundaries are not in use. */
  readonly isExponential: boolean;
  /** Histograms only: runs end with {@link INTERVAL_CELLS}. */
  readonly hasIntervals?: boolean;
  /** The maximum number of series, the overflow series included. */
  readonly seriesLimit: number;
  /** Milliseconds after which the hub may expire a series without recordings; 0 keeps all. */
  readonly seriesIdle: number;
  /**
   * Gauges: the application's rule for merging the gauges of several processes. Histograms: the rule for those that all
   * processes observe in one place. Up-down counters: {@link LASTING} or nothing.
   */
  readonly merge: string | undefined;
}

/** The `merge` of an up-down counter whose counts stay in the totals when their process has ended. */
export const LASTING = 'lasting';

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

/** The place of a series' exemplars: a run of `slots` times {@link EXEMPLAR_CELLS}. */
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
 * A scalar (sums and gauges) has one value, and a synchronous gauge also the number of times that it was set. A
 * histogram has sum, minimum, maximum and one count per bucket. Its total count is the sum of its buckets and is
 * not stored, so that the two never disagree. There is no lock, so a reader may see a sum that is one recording
 * ahead of the buckets.
 */
export const START = 0;
/**
 * The start if the clock gave none. It is above 0, so that the series is present, and rounds to the epoch, which OTLP
 * and the compatibility rules of Prometheus read as an unknown start.
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
 * the buckets BASE to BASE + 159 of its SCALE, and the count of zeros. Until the first value above zero, BASE
 * is above every possible index. The recorder moves SCALE, BASE and the counts together under the sequence.
 * Counting a value inside the window changes one count and leaves the sequence alone.
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
 * the number of the present interval, and the only cell that the hub writes. NUMBER is the number of the interval in
 * the other cells. If the two differ, the next recording resets those cells. There is no lock here either: a recording
 * may fall between the hub's reading and its writing. The interval's count then differs from the buckets' and so
 * reveals the recording.
 */
export const INTERVAL_ASKED = 0;
export const INTERVAL_NUMBER = 1;
export const INTERVAL_COUNT = 2;
export const INTERVAL_MIN = 3;
export const INTERVAL_MAX = 4;
export const INTERVAL_CELLS = 5;

/*
 * An exemplar: the recorded value, its time (milliseconds since the epoch, 0 while the slot is empty), and its
 * span. Trace id and span id are six int32 words in the order of their hexadecimal digits; all are 0 for a
 * measurement without a span. An explicit histogram has one slot per bucket. An exponential one has a slot
 * for zeros and nineteen that the powers of two share in turn. A counter has one slot.
 */
export const EXEMPLAR_SEQUENCE = 0;
export const EXEMPLAR_VALUE = 1;
export const EXEMPLAR_TIME = 2;
export const EXEMPLAR_IDS = 3;
export const EXEMPLAR_CELLS = 6;
export const ID_WORDS = 6;

/** Int32 words in a cell, for finding a sequence or the ids of an exemplar in an `Int32Array` of the slab. */
export const WORDS_PER_CELL = 2;

/** A reading of the clock for {@link START}. Fake timers and broken clocks read 0, below it, or no number. */
export function startOf(now: number): number {
  return now > 0 && now < Number.POSITIVE_INFINITY ? now : UNKNOWN_START;
}

/** Messages from a recorder to the hub, in the order of events. */
export type RecorderMessage =
  | { readonly type: 'slab'; readonly slab: number; readonly buffer: SharedArrayBuffer }
  /** A new instrument, or a new description of one: another text or, while it has no series, other buckets. */
  | { readonly type: 'instrument'; readonly instrument: InstrumentDescription }
  | { readonly type: 'series'; readonly series: SeriesDescription }
  /** A series has taken its first exemplar. */
  | { readonly type: 'exemplars'; readonly exemplars: ExemplarsDescription }
  /** Series were removed. The hub answers `released` as soon as it no longer reads their cells. */
  | {
      readonly type: 'removed';
      readonly removal: number;
      readonly instrument: number;
      readonly series: readonly number[];
    }
  /** Ends the announcements to a new hub. The cells up to this removal have no reader. Answered like `removed`. */
  | { readonly type: 'announced'; readonly removal: number }
  /** Callbacks of observables have run; `errors` are the messages of those that failed. */
  | { readonly type: 'observed'; readonly request: number; readonly errors: readonly string[] };

/** Requests from the hub to a recorder. */
export type RecorderRequest =
  | {
      readonly type: 'observe';
      readonly request: number;
      /** Milliseconds after which the recorder gives up on a callback's values. */
      readonly timeout: number;
    }
  /** The hub no longer reads the cells of this removal, and of all before it. */
  | { readonly type: 'released'; readonly removal: number }
  | ExpireRequest;

/** Series of one instrument are idle. The recorder removes each of them unless its activity has changed since. */
export interface ExpireRequest {
  readonly type: 'expire';
  readonly instrument: number;
  /** The activity of each series, by its id; see {@link activityOf}. */
  readonly idle: ReadonlyMap<number, number>;
}

/**
 * A number that changes with the recordings of a series. While it is the same, removing the series loses
 * nothing. For a sum it is the value, which additions of 0 do not change.
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
