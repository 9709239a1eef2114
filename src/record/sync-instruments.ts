import type { Attributes, Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { InstrumentState } from './instrument-state.ts';
import { HISTOGRAM_BUCKETS, HISTOGRAM_MAX, HISTOGRAM_MIN, HISTOGRAM_SUM, SCALAR_VALUE } from './protocol.ts';
import type { Series } from './series-index.ts';

/**
 * The synchronous instruments. The checks at the head of each recording are written so that a good value
 * passes them with one comparison; everything else is left to {@link InstrumentState.accept}, which says
 * what is wrong. (bench/record.ts)
 *
 * A bound form resolves its attributes once, at `bind`, against the limit on series as it is at that
 * moment, and records without any look-up. (OpenTelemetry metrics SDK specification, "Instrument bind")
 */

/** A counter or up-down counter with its attributes already resolved. */
export interface BoundAdder {
  add(value: number, context?: Context): void;
}

/** A histogram or gauge with its attributes already resolved. */
export interface BoundRecorder {
  record(value: number, context?: Context): void;
}

export class PitotCounter<A extends Attributes = Attributes> implements Counter<A> {
  private readonly state: InstrumentState;

  constructor(state: InstrumentState) {
    this.state = state;
  }

  /** Adds `value` (not negative) to the series with these attributes. */
  add(value: number, attributes?: A, _context?: Context): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    const { cells, at } = this.state.index.find(attributes);
    cells[at + SCALAR_VALUE]! += value;
  }

  bind(attributes?: A): BoundAdder {
    return new BoundCounter(this.state, this.state.index.find(attributes));
  }
}

class BoundCounter implements BoundAdder {
  private readonly state: InstrumentState;
  private readonly cells: Float64Array;
  private readonly value: number;

  constructor(state: InstrumentState, series: Series) {
    this.state = state;
    this.cells = series.cells;
    this.value = series.at + SCALAR_VALUE;
  }

  add(value: number): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    this.cells[this.value]! += value;
  }
}

export class PitotUpDownCounter<A extends Attributes = Attributes> implements UpDownCounter<A> {
  private readonly state: InstrumentState;

  constructor(state: InstrumentState) {
    this.state = state;
  }

  /** Adds `value`, of either sign, to the series with these attributes. */
  add(value: number, attributes?: A, _context?: Context): void {
    const accepted = this.state.accept(value);
    if (accepted === undefined) return;
    const { cells, at } = this.state.index.find(attributes);
    cells[at + SCALAR_VALUE]! += accepted;
  }

  bind(attributes?: A): BoundAdder {
    const { state } = this;
    const { cells, at } = state.index.find(attributes);
    return {
      add(value) {
        const accepted = state.accept(value);
        if (accepted !== undefined) cells[at + SCALAR_VALUE]! += accepted;
      },
    };
  }
}

export class PitotGauge<A extends Attributes = Attributes> implements Gauge<A> {
  private readonly state: InstrumentState;

  constructor(state: InstrumentState) {
    this.state = state;
  }

  /** Sets the series with these attributes to `value`. */
  record(value: number, attributes?: A, _context?: Context): void {
    const accepted = this.state.accept(value);
    if (accepted === undefined) return;
    const { cells, at } = this.state.index.find(attributes);
    cells[at + SCALAR_VALUE] = accepted;
  }

  bind(attributes?: A): BoundRecorder {
    const { state } = this;
    const { cells, at } = state.index.find(attributes);
    return {
      record(value) {
        const accepted = state.accept(value);
        if (accepted !== undefined) cells[at + SCALAR_VALUE] = accepted;
      },
    };
  }
}

export class PitotHistogram<A extends Attributes = Attributes> implements Histogram<A> {
  private readonly state: InstrumentState;
  private readonly boundaries: Float64Array;

  constructor(state: InstrumentState) {
    this.state = state;
    this.boundaries = Float64Array.from(state.described.boundaries ?? []);
  }

  /** Counts `value` (not negative) in the series with these attributes. */
  record(value: number, attributes?: A, _context?: Context): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    const { cells, at } = this.state.index.find(attributes);
    recordInto(cells, at, this.boundaries, value);
  }

  bind(attributes?: A): BoundRecorder {
    return new BoundHistogram(this.state, this.boundaries, this.state.index.find(attributes));
  }
}

class BoundHistogram implements BoundRecorder {
  private readonly state: InstrumentState;
  private readonly boundaries: Float64Array;
  private readonly cells: Float64Array;
  private readonly at: number;

  constructor(state: InstrumentState, boundaries: Float64Array, series: Series) {
    this.state = state;
    this.boundaries = boundaries;
    this.cells = series.cells;
    this.at = series.at;
  }

  record(value: number): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    recordInto(this.cells, this.at, this.boundaries, value);
  }
}

/** Bucket i counts the values in (boundaries[i-1], boundaries[i]]. (Metrics data model, "Histogram") */
function recordInto(cells: Float64Array, at: number, boundaries: Float64Array, value: number): void {
  cells[at + HISTOGRAM_SUM]! += value;
  if (value < cells[at + HISTOGRAM_MIN]!) cells[at + HISTOGRAM_MIN] = value;
  if (value > cells[at + HISTOGRAM_MAX]!) cells[at + HISTOGRAM_MAX] = value;
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boundaries[middle]! < value) low = middle + 1;
    else high = middle;
  }
  cells[at + HISTOGRAM_BUCKETS + low]! += 1;
}
