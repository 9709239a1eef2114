import type { Attributes, ValueType } from '@opentelemetry/api';

/**
 * What crosses between a recorder (application thread) and the hub: messages and cell layouts.
 * Both sides import this module and nothing else of each other.
 *
 * A series is a run of float64 cells in one slab (a `SharedArrayBuffer`). Only the recorder's thread
 * writes cells; the hub only reads them. A series is announced by message after its cells are set up,
 * so the hub never sees a run that is half made.
 */
export const PROTOCOL_VERSION = 1;

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
  /** Histograms only: upper bounds of the buckets, ascending, without +Inf. */
  readonly boundaries: readonly number[] | undefined;
}

export interface SeriesDescription {
  /** Unique within the recorder, counted from 0. */
  readonly id: number;
  readonly instrument: number;
  readonly slab: number;
  /** Index of the run's first cell in the slab. */
  readonly at: number;
  readonly attributes: Attributes;
}

/*
 * Cell layouts, as offsets from the run's first cell.
 *
 * START holds the series' start time in milliseconds since the epoch, or 0 while the series is absent
 * (an observable that no longer reports it). Every run begins with it.
 *
 * A scalar (sums and gauges) has one value. A histogram has sum, minimum, maximum and one count a
 * bucket; its total count is the sum of its buckets and is stored nowhere, so that the two can never
 * disagree. A reader may see a sum that is one recording ahead of the buckets: there is no lock.
 */
export const START = 0;
export const SCALAR_VALUE = 1;
export const SCALAR_CELLS = 2;
export const HISTOGRAM_SUM = 1;
export const HISTOGRAM_MIN = 2;
export const HISTOGRAM_MAX = 3;
export const HISTOGRAM_BUCKETS = 4;

/** Cells in the run of one series of this instrument. */
export function cellsOf(boundaries: readonly number[] | undefined): number {
  return boundaries === undefined ? SCALAR_CELLS : HISTOGRAM_BUCKETS + boundaries.length + 1;
}

/** What a recorder tells the hub. Order is the order of events. */
export type RecorderMessage =
  | { readonly type: 'slab'; readonly slab: number; readonly buffer: SharedArrayBuffer }
  | { readonly type: 'instrument'; readonly instrument: InstrumentDescription }
  | { readonly type: 'description'; readonly instrument: number; readonly description: string }
  | { readonly type: 'series'; readonly series: SeriesDescription }
  /** Callbacks of observables have run; `errors` are the messages of those that failed. */
  | { readonly type: 'observed'; readonly request: number; readonly errors: readonly string[] };

/** What the hub asks of a recorder. */
export type RecorderRequest = {
  readonly type: 'observe';
  readonly request: number;
  /** How long a callback may take before its numbers are given up, in milliseconds. */
  readonly timeout: number;
};
