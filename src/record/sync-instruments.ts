import type { Attributes, Context, Counter, Gauge, UpDownCounter } from '@opentelemetry/api';
import type { InstrumentState } from './instrument-state.ts';
import { SCALAR_VALUE } from './protocol.ts';
import type { Series } from './series-index.ts';

/**
 * The synchronous instruments but histograms. The checks at the head of each recording are written so that a good value
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
  add(value: number, attributes?: A, context?: Context): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    const series = this.state.index.find(attributes);
    series.cells[series.at + SCALAR_VALUE]! += value;
    series.exemplars?.offer(0, value, context);
  }

  bind(attributes?: A): BoundAdder {
    return new BoundCounter(this.state, this.state.index.find(attributes));
  }
}

class BoundCounter implements BoundAdder {
  private readonly state: InstrumentState;
  private readonly series: Series;
  private readonly cells: Float64Array;
  private readonly value: number;

  constructor(state: InstrumentState, series: Series) {
    this.state = state;
    this.series = series;
    this.cells = series.cells;
    this.value = series.at + SCALAR_VALUE;
  }

  add(value: number, context?: Context): void {
    if (typeof value !== 'number' || !(value >= 0) || this.state.isInteger) {
      const accepted = this.state.acceptPositive(value);
      if (accepted === undefined) return;
      value = accepted;
    }
    this.cells[this.value]! += value;
    if (this.state.takesExemplars) this.series.exemplars?.offer(0, value, context);
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
