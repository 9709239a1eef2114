import type { InstrumentKind } from './protocol.ts';

/** Names to choose from. In each, `*` stands for any text and `?` for one character; case matters. */
export interface NameChoice {
  /** Without it, all. */
  readonly included?: readonly string[];
  /** Counts after `included`. */
  readonly excluded?: readonly string[];
}

/**
 * What becomes of instruments that an application, or a library, has created: plain data.
 * (OpenTelemetry metrics SDK specification, "View")
 */
export interface View {
  /** All that is given must match; of an empty selector that is every instrument. */
  readonly selector: {
    /** `*` stands for any text, `?` for one character; case is ignored. */
    readonly instrumentName?: string;
    readonly instrumentType?: InstrumentKind;
    readonly unit?: string;
    readonly meterName?: string;
    readonly meterVersion?: string;
    readonly meterSchemaUrl?: string;
  };
  readonly name?: string;
  readonly description?: string;
  /** `drop` records nothing. The others are for histograms; `explicit` alone takes the specification's boundaries. */
  readonly aggregation?:
    | 'default'
    | 'drop'
    | 'exponential'
    | 'explicit'
    | { readonly boundaries: readonly number[] };
  /** The most series, the overflow series included; settings for single instruments win over it. */
  readonly seriesLimit?: number;
  readonly attributes?: NameChoice;
}
