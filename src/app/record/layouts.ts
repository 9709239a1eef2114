import { GAUGE_CELLS, type InstrumentKind, SCALAR_CELLS } from '../../model/protocol.ts';

/** What the cells of one instrument's series hold. */
export interface Layout {
  /** Cells in the run of one series. */
  readonly cells: number;
  /** Exemplars that one series keeps. */
  readonly exemplarSlots: number;
  /** Sets up a new run, which is all zero. */
  prepare(cells: Float64Array, at: number): void;
}

/** The layout of a histogram, which is also the way values are counted in it. */
export interface Buckets extends Layout {
  /**
   * Counts a finite value, not below 0, in the run at `at`.
   *
   * @returns the slot for an exemplar of this value
   */
  record(cells: Float64Array, at: number, value: number): number;
}

/** One number: sums and observed gauges. */
const SCALAR: Layout = { cells: SCALAR_CELLS, exemplarSlots: 1, prepare: () => {} };
/** A number, and how often it was set. */
const GAUGE: Layout = { ...SCALAR, cells: GAUGE_CELLS };

/** The layout of an instrument that is no histogram. */
export function layoutOf(kind: InstrumentKind): Layout {
  return kind === 'gauge' ? GAUGE : SCALAR;
}
