import type { InstrumentState } from './instrument-state.ts';
import type { Series } from './series.ts';

/**
 * What all bound forms share. Attributes are resolved once, at `bind`, against the limit on series as it is
 * at that moment. (OpenTelemetry metrics SDK specification, "Instrument bind") When the series has been
 * removed, the next recording makes it anew.
 */
export abstract class Bound<State extends InstrumentState = InstrumentState> {
  protected readonly state: State;
  protected series: Series;

  constructor(state: State, series: Series) {
    this.state = state;
    this.series = series;
  }

  /** Removes the series, unless it is the one of the overflow, which is others' too. */
  remove(): void {
    if (!this.state.index.isOverflow(this.series)) this.state.discard([this.series]);
  }

  /** The series to record into now. */
  protected current(): Series {
    if (this.series.isRemoved) this.series = this.state.index.renew(this.series);
    return this.series;
  }
}
