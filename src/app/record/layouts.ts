import { GAUGE_CELLS, type InstrumentKind, SCALAR_CELLS } from '../../model/protocol.ts';

/** How the cells of a series are laid out. */
export interface Layout {
  /** Cells in the run of one series. */
  readonly cells: number;
  /** The most exemplars of one series. */
  readonly exemplarSlots: number;
  /** Sets up a new run, which is all zero. */
  prepare(cells: Float64Array, at: number): void;
  /**
   * The slot for an exemplar of this value. It depends on the value alone, and no bucket that a scraper sees lies in
   * two slots but as a whole: so the exemplar of a bucket only ever becomes younger.
   */
  slotOf(value: number): number;
}

/** The layout of a histogram, and how it counts values. */
export interface Buckets extends Layout {
  /** Counts a finite value, not below 0, in the run at `at`. */
  record(cells: Float64Array, at: number, value: number): void;
}

/** Sums and observed gauges have one number. */
const SCALAR: Layout = { cells: SCALAR_CELLS, exemplarSlots: 1, prepare: () => {}, slotOf: () => 0 };
/** Synchronous gauges also have the number of times they were set. */
const GAUGE: Layout = { ...SCALAR, cells: GAUGE_CELLS };

/** The layout of every instrument except histograms. */
export function layoutOf(kind: InstrumentKind): Layout {
  return kind === 'gauge' ? GAUGE : SCALAR;
}
