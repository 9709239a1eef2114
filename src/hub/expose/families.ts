import type { HrTime } from '@opentelemetry/api';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM, SCALAR_VALUE } from '../../model/protocol.ts';
import { type Columns, startTimesOf } from '../collect/columns.ts';
import type { Distribution } from './buckets.ts';
import type { Labels } from './labels.ts';
import type { SampleExemplar } from './sample-exemplar.ts';

export interface Sample<Value> {
  readonly labels: Labels;
  readonly value: Value;
  /** The start time of the count; undefined if it is unknown, or if the value is not a count. */
  readonly created: HrTime | undefined;
  readonly exemplars: readonly SampleExemplar[] | undefined;
}

interface FamilyOf<Type, Value> {
  /** As in the text format: a counter's ends in `_total` if the strategy has suffixes, an info's in `_info`. */
  readonly name: string;
  readonly type: Type;
  /** As given by the application, or ''. */
  readonly help: string;
  /** The unit in Prometheus' spelling, such as `seconds`, or ''. */
  readonly unit: string;
  readonly samples: readonly Sample<Value>[];
  /** The same samples as columns, if there are; then `samples` makes them when it is read for the first time. */
  readonly columns?: SampleColumns<Value> | undefined;
}

export type NumberFamily = FamilyOf<'counter' | 'gauge' | 'info', number>;
export type HistogramFamily = FamilyOf<'histogram', Distribution>;

/**
 * A Prometheus metric family, common to all exposition formats. In a list of families no two samples of a
 * family have the same labels, and no two families have samples of the same name.
 */
export type Family = NumberFamily | HistogramFamily;

/** The fields that determine the names of a family's samples, in any format. */
export function sampleNames(name: string, type: Family['type']): string[] {
  if (type !== 'histogram') return [name];
  return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`, `${name}_created`];
}

type CellsOfSamples = Pick<SampleColumns<unknown>, 'cells' | 'boundaries'>;

/** The value of the series whose cells begin at an index. */
export type ValueAt<Value> = (columns: CellsOfSamples, at: number) => Value;

/** The samples of a family that one metric fills: labels, and the cells of the series. They have no exemplars. */
export class SampleColumns<Value> {
  /** Those of each series. No two are equal. */
  readonly labels: readonly Labels[];
  readonly cells: Float64Array;
  /** Cells of each series. */
  readonly width: number;
  /** Histograms only; else empty. */
  readonly boundaries: readonly number[];
  readonly #valueAt: ValueAt<Value>;
  readonly #isCounted: boolean;

  /** @param isCounted whether values are totals since a start */
  constructor(
    labels: readonly Labels[],
    { cells, width }: Columns,
    {
      boundaries = [],
      isCounted,
      valueAt,
    }: {
      readonly boundaries?: readonly number[];
      readonly isCounted: boolean;
      readonly valueAt: ValueAt<Value>;
    },
  ) {
    this.labels = labels;
    this.cells = cells;
    this.width = width;
    this.boundaries = boundaries;
    this.#isCounted = isCounted;
    this.#valueAt = valueAt;
  }

  /** The start time of each series, as in {@link Sample}. */
  createdTimes(): (series: number) => HrTime | undefined {
    const startTimes = startTimesOf(this.cells, this.width);
    return this.#isCounted ? (series) => started(startTimes(series)) : () => undefined;
  }

  /** An object for each. */
  samples(): Sample<Value>[] {
    const createdOf = this.createdTimes();
    return this.labels.map((labels, i) => ({
      labels,
      value: this.#valueAt(this, i * this.width),
      created: createdOf(i),
      exemplars: undefined,
    }));
  }
}

export function numberAt({ cells }: CellsOfSamples, at: number): number {
  return cells[at + SCALAR_VALUE]!;
}

export function distributionAt({ cells, boundaries }: CellsOfSamples, at: number): Distribution {
  const first = at + EXPLICIT_BUCKETS;
  const counts = Array.from(cells.subarray(first, first + boundaries.length + 1));
  return { boundaries, counts, sum: cells[at + HISTOGRAM_SUM]! };
}

/** The epoch stands for an unknown time. (metrics.proto, "start_time_unix_nano") */
export function started(time: HrTime): HrTime | undefined {
  return time[0] === 0 && time[1] === 0 ? undefined : time;
}
