import type { InstrumentKind } from './protocol.ts';

/** Patterns of names. In each, `*` stands for any text and `?` for one character; case matters. */
export interface NameChoice {
  /** Default: all names. */
  readonly included?: readonly string[] | undefined;
  /** Names to leave out of the included ones. */
  readonly excluded?: readonly string[] | undefined;
}

/** The aggregation of a stream. */
export type ViewAggregation =
  /** The default for the kind of instrument, its advice and the settings. */
  | 'default'
  /** Records nothing. */
  | 'drop'
  /** Adds values up. Turns a histogram into a counter, and a gauge into an up-down counter. */
  | 'sum'
  /** Keeps the latest value, as a gauge does. */
  | 'lastValue'
  /** A base-2 exponential histogram. Not for observable instruments. */
  | 'exponential'
  /** A histogram with the specification's boundaries. Not for observable instruments. */
  | 'explicit'
  /** A histogram with these boundaries, in ascending order. Not for observable instruments. */
  | { readonly boundaries: readonly number[] };

/**
 * Which measurements a series keeps as exemplars. (OpenTelemetry metrics SDK specification, "ExemplarReservoir")
 * `size`, from 1 to 100: a uniform sample of the measurements since the last collection. `boundaries`, at most 99 in
 * ascending order: the latest measurement of each bucket between them.
 */
export type ExemplarReservoir =
  | 'none'
  | { readonly size: number }
  | { readonly boundaries: readonly number[] };

/**
 * Changes instruments of the application and its libraries. Every view that matches an instrument creates a stream of
 * it. If several streams have one name, the first counts. (OpenTelemetry metrics SDK specification, "View")
 */
export interface View {
  /** Every part must match; the empty selector matches every instrument. */
  readonly selector: {
    /** `*` stands for any text, `?` for one character; case is ignored. */
    readonly instrumentName?: string | undefined;
    readonly instrumentType?: InstrumentKind | undefined;
    readonly unit?: string | undefined;
    readonly meterName?: string | undefined;
    readonly meterVersion?: string | undefined;
    readonly meterSchemaUrl?: string | undefined;
  };
  /** The name of the stream. Default: the instrument's. Not with a selector that may match several instruments. */
  readonly name?: string | undefined;
  /** Default: the instrument's. */
  readonly description?: string | undefined;
  /** Default: `default`. */
  readonly aggregation?: ViewAggregation | undefined;
  /** The maximum number of series, the overflow series included. Settings for single instruments take precedence. */
  readonly seriesLimit?: number | undefined;
  /** The attributes that the stream keeps. Default: those that the instrument advises, else all. */
  readonly attributes?: NameChoice | undefined;
  /** Counters and histograms only. Default: a reservoir of the latest measurements (docs/endpoint.md). */
  readonly exemplarReservoir?: ExemplarReservoir | undefined;
}
