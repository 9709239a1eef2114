import type { MetricOptions } from '@opentelemetry/api';
import { shown } from '../base/reason.ts';
import { warn } from '../base/safely.ts';
import { repairBoundaries } from './boundaries.ts';
import { isRedaction, type Redaction, type Redactions } from './redaction.ts';

/**
 * What an application, or its contract, says of an instrument beyond the API's options. It is passed as
 * `advice.limits`: advice is what an SDK may follow or not, so other SDKs ignore it.
 */
export interface LimitsAdvice {
  /** The most series, the overflow series included. Default: `PITOT_SERIES_LIMIT`. */
  readonly seriesLimit?: number | undefined;
  /** Milliseconds after which pitot removes a series that records nothing; 0 keeps all. Default: `PITOT_SERIES_IDLE`. */
  readonly seriesIdle?: number | undefined;
  /** Values by attribute: a series whose values are all among them finds a place even past the limit. */
  readonly attributes?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** By attribute, what becomes of its values before they are stored. */
  readonly redact?: Redactions | undefined;
  /** Every attribute of a contract: pitot counts series with others, and warns. Without it, it takes any. */
  readonly declared?: DeclaredAttributes | undefined;
  /** Gauges only: how the gauges of several processes become one. */
  readonly merge?: string | undefined;
  /**
   * Histograms only: boundaries to record with, finer than those to serve. Used if the boundaries of the histogram are
   * among them, and it has no exponential buckets.
   */
  readonly cellBoundaries?: readonly number[] | undefined;
}

/** By attribute: its only values, or the type of them all. */
export type DeclaredAttributes = Readonly<
  Record<string, { readonly type?: string | undefined; readonly values?: readonly unknown[] | undefined }>
>;

/** Options of an instrument: those of the API, and advice of pitot's own. */
export interface AdvisedOptions extends MetricOptions {
  advice?: {
    /** Boundaries of a histogram's buckets. Default: the specification's. */
    explicitBucketBoundaries?: number[];
    /** The attributes to keep; all others are left out. Default: all. A view's choice wins. */
    readonly attributes?: readonly string[];
    readonly limits?: LimitsAdvice;
  };
}

/** The advice of one creator of an instrument, as far as it can be followed. */
export interface Advice {
  /** `undefined` where the creator advised none that can be used. */
  readonly boundaries: readonly number[] | undefined;
  readonly isExponential: boolean;
  /** `undefined` keeps all attributes. */
  readonly attributes: readonly string[] | undefined;
  readonly limits: LimitsAdvice;
}

type Readers = { readonly [Name in keyof LimitsAdvice]-?: (value: unknown) => LimitsAdvice[Name] };

/** A usable copy of each part of the advice, or `undefined`. */
const READERS: Readers = {
  seriesLimit: (value) => (Number.isInteger(value) && Number(value) >= 1 ? Number(value) : undefined),
  seriesIdle: (value) => (typeof value === 'number' && value >= 0 ? value : undefined),
  attributes: (value) => recordOf(value, listOf),
  redact: (value) => recordOf(value, redactionOf),
  declared: (value) => recordOf(value, declarationOf),
  merge: (value) => (typeof value === 'string' ? value : undefined),
  cellBoundaries: repairBoundaries,
};

/**
 * Copies the advice, which the application may change or may have filled with getters, and warns of what cannot be
 * followed. It throws what the application's getters throw.
 */
export function adviceOf(instrument: string, given: unknown): Advice {
  const { explicitBucketBoundaries, exponential, attributes, limits } = isRecord(given) ? given : {};
  return {
    boundaries: boundariesOf(instrument, explicitBucketBoundaries),
    isExponential: exponential === true,
    attributes: attributesOf(instrument, attributes),
    limits: limitsOf(instrument, limits),
  };
}

function boundariesOf(instrument: string, given: unknown): readonly number[] | undefined {
  if (given === undefined) return undefined;
  const boundaries = repairBoundaries(given);
  if (boundaries === undefined) {
    warn(
      `histogram '${instrument}' was advised to use the bucket boundaries [${shown(given)}], which are not a list of ` +
        "numbers; it uses the specification's default boundaries.",
    );
  }
  return boundaries;
}

function attributesOf(instrument: string, given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const names = listOf(given);
  if (names?.every((name) => typeof name === 'string')) return names.map(String);
  warn(
    `instrument '${instrument}' was advised attributes that are not a list of names; it keeps all attributes.`,
  );
  return undefined;
}

function limitsOf(instrument: string, given: unknown): LimitsAdvice {
  if (!isRecord(given)) return {};
  const limits: Partial<Record<keyof LimitsAdvice, unknown>> = {};
  const bad: string[] = [];
  for (const name of Object.keys(READERS) as (keyof LimitsAdvice)[]) {
    const value = given[name];
    if (value === undefined) continue;
    const usable = READERS[name](value);
    if (usable === undefined) bad.push(name);
    else limits[name] = usable;
  }
  if (bad.length > 0) {
    warn(
      `instrument '${instrument}' was created with advice that cannot be followed (${bad.join(', ')}); it is ignored.`,
    );
  }
  // Each part has been read by its own reader.
  return limits as LimitsAdvice;
}

function recordOf<T>(
  given: unknown,
  read: (value: unknown) => T | undefined,
): Readonly<Record<string, T>> | undefined {
  if (!isRecord(given)) return undefined;
  const copy: [string, T][] = [];
  for (const [name, value] of Object.entries(given)) {
    const usable = read(value);
    if (usable === undefined) return undefined;
    copy.push([name, usable]);
  }
  return Object.fromEntries(copy);
}

function listOf(given: unknown): readonly unknown[] | undefined {
  return Array.isArray(given) ? [...given] : undefined;
}

function redactionOf(given: unknown): Redaction | undefined {
  if (!isRedaction(given)) return undefined;
  return typeof given === 'object' ? { alias: { ...given.alias } } : given;
}

function declarationOf(given: unknown): DeclaredAttributes[string] | undefined {
  if (!isRecord(given)) return undefined;
  return { type: typeof given.type === 'string' ? given.type : undefined, values: listOf(given.values) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
