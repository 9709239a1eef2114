import { exponentialOf, histogramOf, scalarOf } from '../../model/cell-values.ts';
import { addHistograms, onBoundaries } from '../../model/explicit-histogram.ts';
import { addExponentialHistograms } from '../../model/exponential-histogram.ts';
import type { InstrumentDescription } from '../../model/protocol.ts';
import type { Series } from '../record/series.ts';

/*
 * Values have the shape of the OpenTelemetry SDK's data points (metrics data model, "Histogram" and
 * "ExponentialHistogram"), but types of their own: the package does not depend on the SDK.
 */

/** The common values of both kinds of histograms. */
interface Summary {
  /** How many values were recorded. */
  readonly count: number;
  /** The sum of the values, in the unit of the instrument. */
  readonly sum: number;
  /** The smallest value; absent while there is none. */
  readonly min?: number;
  /** The largest value; absent while there is none. */
  readonly max?: number;
}

/** The value of a histogram with explicit buckets. */
export interface HistogramValue extends Summary {
  readonly buckets: {
    /** The upper bounds of all buckets but the last, which has no bound. */
    readonly boundaries: number[];
    /** How many values lie in each bucket and not in a lower one. */
    readonly counts: number[];
  };
}

/** `bucketCounts[i]` belongs to the bucket with the index `offset + i`. */
interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: number[];
}

/** The value of a histogram with base-2 exponential buckets. */
export interface ExponentialHistogramValue extends Summary {
  /** The bucket with the index i holds the values in (2^(i/2^scale), 2^((i+1)/2^scale)]. */
  readonly scale: number;
  /** How many zeros were recorded. */
  readonly zeroCount: number;
  readonly positive: ExponentialBuckets;
  /** Always empty: instruments take no negative values. */
  readonly negative: ExponentialBuckets;
}

/** A number for counters and gauges, an object for histograms. */
export type MetricValue = number | HistogramValue | ExponentialHistogramValue;

/** The value of one series. */
export function readValue(instrument: InstrumentDescription, series: Series): MetricValue | undefined {
  if (instrument.kind !== 'histogram') return scalarOf(series);
  if (instrument.isExponential) {
    const { cells, at } = series;
    const value = exponentialOf({ cells, words: new Int32Array(cells.buffer), at });
    return value && { ...value, sum: value.sum ?? 0 };
  }
  const { boundaries = [], cellBoundaries = boundaries } = instrument;
  const value = onBoundaries(histogramOf(series, [...cellBoundaries]), [...boundaries]);
  return { ...value, sum: value.sum ?? 0 };
}

/**
 * The values of several series of one instrument, added up; not for gauges, whose values have no sum.
 *
 * @returns `undefined` for an observable without series: no callback has reported its total
 */
export function totalOf(
  { kind, isExponential, boundaries = [] }: InstrumentDescription,
  values: readonly MetricValue[],
): MetricValue | undefined {
  if (values.length === 0 && kind.startsWith('observable')) return undefined;
  if (kind !== 'histogram') return values.reduce<number>((sum, value) => sum + Number(value), 0);
  return isExponential
    ? values.filter((value) => isHistogram(value, 'scale')).reduce(addExponential, noExponentialValues())
    : values.filter((value) => isHistogram(value, 'buckets')).reduce(addExplicit, noValues(boundaries));
}

function isHistogram<Key extends string>(
  value: MetricValue,
  key: Key,
): value is Extract<MetricValue, Readonly<Record<Key, unknown>>> {
  return typeof value === 'object' && key in value;
}

function addExplicit(a: HistogramValue, b: HistogramValue): HistogramValue {
  return { ...addHistograms(a, b), sum: a.sum + b.sum };
}

function addExponential(
  a: ExponentialHistogramValue,
  b: ExponentialHistogramValue,
): ExponentialHistogramValue {
  return { ...addExponentialHistograms(a, b), sum: a.sum + b.sum };
}

function noValues(boundaries: readonly number[]): HistogramValue {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  return { count: 0, sum: 0, buckets: { boundaries: [...boundaries], counts } };
}

function noExponentialValues(): ExponentialHistogramValue {
  const none = () => ({ offset: 0, bucketCounts: [] });
  return { count: 0, sum: 0, scale: 0, zeroCount: 0, positive: none(), negative: none() };
}
