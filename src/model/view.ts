import type { InstrumentKind } from './protocol.ts';

/** Patterns of names. In each, `*` stands for any text and `?` for one character; case matters. */
export interface NameChoice {
  /** Default: all names. */
  readonly included?: readonly string[];
  /** Names to leave out of the included ones. */
  readonly excluded?: readonly string[];
}

/** How a stream aggregates what its instrument records. */
export type ViewAggregation =
  /** As the kind of instrument, its advice and the settings say. */
  | 'default'
  /** Records nothing. */
  | 'drop'
  /** Adds values up. Of a histogram, a counter; of a gauge, an up-down counter. */
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
 * Changes instruments of the application and its libraries. Every view that matches an instrument makes a stream of
 * it; of streams with one name the first counts. (OpenTelemetry metrics SDK specification, "View")
 */
export interface View {
  /** Every part must match; the empty selector matches every instrument. */
  readonly selector: {
    /** `*` stands for any text, `?` for one character; case is ignored. */
    readonly instrumentName?: string;
    readonly instrumentType?: InstrumentKind;
    readonly unit?: string;
    readonly meterName?: string;
    readonly meterVersion?: string;
    readonly meterSchemaUrl?: string;
  };
  /** The name of the stream. Default: the instrument's. Not with a selector that may match several instruments. */
  readonly name?: string;
  /** Default: the instrument's. */
  readonly description?: string;
  /** Default: `default`. */
  readonly aggregation?: ViewAggregation;
  /** The most series, the overflow series included; settings for single instruments win over it. */
  readonly seriesLimit?: number;
  /** Which attributes the stream keeps. Default: what the instrument advises, else all. */
  readonly attributes?: NameChoice;
}
