import type { MetricOptions } from '@opentelemetry/api';
import { shown } from '../base/reason.ts';
import { warn } from '../base/safely.ts';
import { repairBoundaries } from './boundaries.ts';
import { isRedaction, type Redaction, type Redactions } from './redaction.ts';

/**
 * Advice about an instrument, from the application or its contract, beyond the API's options. It travels as
 * `advice.limits`. An SDK may follow advice or ignore it, so other SDKs ignore this.
 */
export interface LimitsAdvice {
  /** The maximum number of series, the overflow series included. Default: `PITOT_SERIES_LIMIT`. */
  readonly seriesLimit?: number | undefined;
  /** Milliseconds after which pitot removes a series that records nothing; 0 keeps all. Default: `PITOT_SERIES_IDLE`. */
  readonly seriesIdle?: number | undefined;
  /** Values by attribute. A series whose values are all listed finds a place even past the limit. */
  readonly attributes?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** The treatment of values before they are stored, by attribute. */
  readonly redact?: Redactions | undefined;
  /** All attributes of a contract: pitot counts series with others, and warns. By default it accepts any attribute. */
  readonly declared?: DeclaredAttributes | undefined;
  /** The rule by which gauges of several processes become one. For up-down counters see `LASTING`. */
  readonly merge?: string | undefined;
  /**
   * Histograms only: boundaries for recording, finer than those for serving. They apply if they include the boundaries
   * of the histogram, and if it has no exponential buckets.
   */
  readonly cellBoundaries?: readonly number[] | undefined;
}

/** The only values of each attribute, or the type of all its values. */
export type DeclaredAttributes = Readonly<
  Record<string, { readonly type?: string | undefined; readonly values?: readonly unknown[] | undefined }>
>;

/** Options of an instrument: those of the API, and advice of pitot's own. */
export interface AdvisedOptions extends MetricOptions {
  advice?: {
    /** Boundaries of a histogram's buckets. Default: the specification's. */
    explicitBucketBoundaries?: number[];
    /** The attributes to keep; pitot leaves out all others. Default: all. A view takes precedence. */
    readonly attributes?: readonly string[] | undefined;
    readonly limits?: LimitsAdvice | undefined;
  };
}

/** The usable advice of one creator of an instrument. */
export interface Advice {
  /** `undefined` if the creator gave no usable advice. */
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
 * Copies the advice, because the application may change it or use getters in it, and warns of advice that pitot cannot
 * follow. Throws if the application's getters throw.
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
  // Its own reader has read each part.
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
