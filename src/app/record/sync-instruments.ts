import type { Attributes, Context } from '@opentelemetry/api';
import { GAUGE_WRITES, SCALAR_VALUE } from '../../model/protocol.ts';
import type { BoundAdder, BoundRecorder, Counter, Gauge, UpDownCounter } from './api.ts';
import { Bound } from './bound.ts';
import type { InstrumentState } from './instrument-state.ts';
import { Limited } from './limited.ts';
import type { Series } from './series.ts';

/*
 * The synchronous instruments other than histograms. One comparison or two at the head of each recording let a good
 * value pass; InstrumentState.accept handles everything else and says what is wrong. (bench/record.ts)
 */

export class PitotCounter<A extends Attributes = Attributes> extends Limited<A> implements Counter<A> {
  /** Adds `value` (not negative) to the series with these attributes. */
  add(value: number, attributes?: A, context?: Context): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_VALUE) {
      const series = this.index.find(attributes);
      if (series.isPlain) series.cells[series.at + SCALAR_VALUE]! += value;
      else this.addSlowly(series, value, context);
    } else {
      this.state.acceptPositive(value);
    }
  }

  bind(attributes?: A): BoundAdder {
    return new BoundCounter(this.state, this.index.find(attributes));
  }

  private addSlowly(series: Series, value: number, context: Context | undefined): void {
    const accepted = this.state.acceptPositive(value);
    if (accepted === undefined) return;
    series.cells[series.at + SCALAR_VALUE]! += accepted;
    series.exemplars?.offer(0, accepted, context);
  }
}

class BoundCounter extends Bound implements BoundAdder {
  #cells: Float64Array;
  #value: number;

  constructor(state: InstrumentState, series: Series) {
    super(state, series);
    this.#cells = series.cells;
    this.#value = series.at + SCALAR_VALUE;
  }

  add(value: number, context?: Context): void {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_VALUE && this.series.isPlain) {
      this.#cells[this.#value]! += value;
    } else {
      this.#addSlowly(value, context);
    }
  }

  #addSlowly(value: number, context: Context | undefined): void {
    const accepted = this.state.acceptPositive(value);
    if (accepted === undefined) return;
    const { cells, at, exemplars } = this.current();
    this.#cells = cells;
    this.#value = at + SCALAR_VALUE;
    cells[this.#value]! += accepted;
    exemplars?.offer(0, accepted, context);
  }
}

export class PitotUpDownCounter<A extends Attributes = Attributes>
  extends Limited<A>
  implements UpDownCounter<A>
{
  /** Adds `value`, of either sign, to the series with these attributes. */
  add(value: number, attributes?: A, _context?: Context): void {
    const accepted = this.state.accept(value);
    if (accepted !== undefined) addTo(this.index.find(attributes), accepted);
  }

  bind(attributes?: A): BoundAdder {
    return new BoundUpDownCounter(this.state, this.index.find(attributes));
  }
}

class BoundUpDownCounter extends Bound implements BoundAdder {
  add(value: number): void {
    const accepted = this.state.accept(value);
    if (accepted !== undefined) addTo(this.current(), accepted);
  }
}

export class PitotGauge<A extends Attributes = Attributes> extends Limited<A> implements Gauge<A> {
  /** Sets the series with these attributes to `value`. */
  record(value: number, attributes?: A, _context?: Context): void {
    const accepted = this.state.accept(value);
    if (accepted !== undefined) set(this.index.find(attributes), accepted);
  }

  bind(attributes?: A): BoundRecorder {
    return new BoundGauge(this.state, this.index.find(attributes));
  }
}

class BoundGauge extends Bound implements BoundRecorder {
  record(value: number): void {
    const accepted = this.state.accept(value);
    if (accepted !== undefined) set(this.current(), accepted);
  }
}

function addTo({ cells, at }: Series, value: number): void {
  cells[at + SCALAR_VALUE]! += value;
}

function set({ cells, at }: Series, value: number): void {
  cells[at + SCALAR_VALUE] = value;
  cells[at + GAUGE_WRITES]! += 1;
}
