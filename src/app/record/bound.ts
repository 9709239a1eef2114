import type { InstrumentState } from './instrument-state.ts';
import type { Series } from './series.ts';

/**
 * The base of all bound forms. `bind` resolves the attributes once, against the limit on series at that moment.
 * (OpenTelemetry metrics SDK specification, "Instrument bind") After its series was removed, the next recording
 * creates it anew.
 */
export abstract class Bound<State extends InstrumentState = InstrumentState> {
  readonly #state: State;
  #series: Series;

  constructor(state: State, series: Series) {
    this.#state = state;
    this.#series = series;
  }

  /** Removes the series, but never the overflow series, which many share. */
  remove(): void {
    if (!this.#state.index.isOverflow(this.#series)) this.#state.discard([this.#series]);
  }

  protected get state(): State {
    return this.#state;
  }

  protected get series(): Series {
    return this.#series;
  }

  /** The series to record into now. */
  protected current(): Series {
    if (this.#series.isRemoved) this.#series = this.#state.index.renew(this.#series);
    return this.#series;
  }
}
