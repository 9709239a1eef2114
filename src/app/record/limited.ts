import type { Attributes } from '@opentelemetry/api';
import { safely } from '../../base/safely.ts';
import type { SeriesControl } from './api.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { SeriesIndex } from './series-index.ts';

/**
 * The base of the synchronous instruments. Its fields are truly private, so that `console.log` of an instrument does
 * not print the whole recorder; the getters cost nothing. (bench/record.ts)
 */
export abstract class Limited<A extends Attributes, State extends InstrumentState = InstrumentState>
  implements SeriesControl<A>
{
  readonly #state: State;
  readonly #index: SeriesIndex;

  constructor(state: State) {
    this.#state = state;
    this.#index = state.index;
  }

  remove(attributes?: A): void {
    this.#state.remove(attributes);
  }

  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<A[Name]>): void {
    safely('the reservation of series', () => this.#index.limit.reserve(attribute, values));
  }

  protected get state(): State {
    return this.#state;
  }

  protected get index(): SeriesIndex {
    return this.#index;
  }
}
