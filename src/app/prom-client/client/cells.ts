import {
  EXPLICIT_BUCKETS,
  GAUGE_CELLS,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
  SCALAR_CELLS,
  SCALAR_VALUE,
  START,
  startOf,
} from '../../../model/protocol.ts';
import type { Series } from '../../record/series.ts';
import type { Exemplar } from './exemplar.ts';
import type { Child, Given } from './label-sets.ts';

/**
 * The numbers of one set of labels, in a run of cells as the recorder lays them out. The cells are those of a series in
 * the recorder where one series is there for these labels alone, and private memory otherwise.
 */
export class CellChild implements Child<CellChild> {
  given: Given<CellChild>;
  readonly givens: Given<CellChild>[] = [];
  isRemoved = false;
  cells: Float64Array;
  at = 0;
  /** Whether a recording may write a good value straight into the cells and has nothing else to do. */
  isPlain = true;
  /** The series in the recorder, if there is one. */
  series: Series | undefined;
  /** Whether the series has other cells, because it counts for other children too. */
  isShared = false;
  /** By bucket, and for a counter one. */
  exemplars: (Exemplar | undefined)[] | undefined;

  constructor(shape: Shape, givenOf: (child: CellChild) => Given<CellChild>) {
    this.cells = shape.make();
    this.given = givenOf(this);
  }

  /** Begins again with zeros, in cells of its own. */
  clear(shape: Shape): void {
    this.cells = shape.make();
    this.at = 0;
    this.isPlain = true;
    this.series = undefined;
    this.isShared = false;
    this.exemplars = undefined;
  }

  get value(): number {
    return this.cells[this.at + SCALAR_VALUE]!;
  }
}

/** How the numbers of a metric's children are laid out. */
export interface Shape {
  /** The cells of a child that begins now. */
  make(): Float64Array;
  /** Whether a child may write into the cells of a series: they have one layout, and it has no number to keep from it. */
  mayOwn(child: CellChild): boolean;
  /** Whether a child has no series, because its value is not a number. */
  isAbsent(child: CellChild): boolean;
  /** Adds the numbers of a child to those of a series. */
  add(child: CellChild, series: Series): void;
  /** Takes back what `add` has added, if a total may fall. */
  subtract(child: CellChild, series: Series): void;
}

export const COUNTER: Shape = {
  make: () => cellsFromNow(SCALAR_CELLS),
  // prom-client adds NaN to a counter. In the cells it would spoil the sum of all processes.
  mayOwn: (child) => Number.isFinite(child.value),
  isAbsent: () => false,
  add: (child, { cells, at }) => {
    cells[at + SCALAR_VALUE]! += finite(child.value);
  },
  subtract: () => {},
};

export const GAUGE: Shape = {
  make: () => cellsFromNow(GAUGE_CELLS),
  mayOwn: () => true,
  isAbsent: (child) => Number.isNaN(child.value),
  add: COUNTER.add,
  subtract: (child, { cells, at }) => {
    cells[at + SCALAR_VALUE]! -= finite(child.value);
  },
};

export interface HistogramShape extends Shape {
  /** The place among a series' buckets of a child's bucket. */
  placeOf(bucket: number): number;
  /** Counts a value in a series. */
  count(series: Series, bucket: number, value: number): void;
}

/** @param places the place among a series' buckets of each bucket of a child; undefined if they are the same */
export function histogramShape(buckets: number, places: readonly number[] | undefined): HistogramShape {
  const placeOf = (bucket: number) => places?.[bucket] ?? bucket;
  return {
    make: () => {
      const cells = cellsFromNow(EXPLICIT_BUCKETS + buckets);
      // They are not known, which the infinities stand for: prom-client's API keeps none.
      cells[HISTOGRAM_MIN] = Number.POSITIVE_INFINITY;
      cells[HISTOGRAM_MAX] = Number.NEGATIVE_INFINITY;
      return cells;
    },
    mayOwn: () => places === undefined,
    isAbsent: () => false,
    placeOf,
    count: ({ cells, at }, bucket, value) => {
      cells[at + HISTOGRAM_SUM]! += value;
      cells[at + EXPLICIT_BUCKETS + placeOf(bucket)]! += 1;
    },
    add: (child, { cells, at }) => {
      cells[at + HISTOGRAM_SUM]! += child.cells[child.at + HISTOGRAM_SUM]!;
      for (let i = 0; i < buckets; i++) {
        cells[at + EXPLICIT_BUCKETS + placeOf(i)]! += child.cells[child.at + EXPLICIT_BUCKETS + i]!;
      }
    },
    subtract: () => {},
  };
}

function cellsFromNow(length: number): Float64Array {
  const cells = new Float64Array(length);
  cells[START] = startOf(Date.now());
  return cells;
}

/** The part of a value that a sum can take: infinity and NaN count as 0. */
export function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
