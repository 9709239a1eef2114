import type { Attributes } from '@opentelemetry/api';
import type { InstrumentState } from './instrument-state.ts';
import type { SeriesIndex } from './series-index.ts';

/** What every synchronous instrument can do besides recording. */
export abstract class Limited<A extends Attributes, State extends InstrumentState = InstrumentState> {
  protected readonly state: State;
  /** At hand because every recording begins here. */
  protected readonly index: SeriesIndex;

  constructor(state: State) {
    this.state = state;
    this.index = state.index;
  }

  /**
   * Removes the series with these attributes: it is exported no more, and its memory is free for others.
   * What of it has not been collected yet goes with it. What is recorded with these attributes afterwards
   * begins anew, with a start time of its own; bound forms stay good.
   */
  remove(attributes?: A): void {
    this.state.remove(attributes);
  }

  /**
   * Declares values of an attribute, in addition to those that are declared already: series of which every
   * value is declared find a place even past the limit, up to as many again. For values that are few and
   * known to be good when they first occur, as the routes of a router.
   */
  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<A[Name]>): void {
    this.index.limit.reserve(attribute, values);
  }
}
