import { safely } from '../../base/safely.ts';
import { type Observation, observation } from '../observe/observation.ts';

/** An observable instrument of a contract: the part that the registry uses. */
interface ObservableInstrument<Result> {
  addCallback(callback: (result: Result) => void): void;
}

/**
 * Objects that are read at each collection: pools, caches, open connections. However many there are, each instrument has
 * one callback for all of them.
 */
export class ObservableRegistry<Entry extends object> {
  private readonly what: string;
  private readonly entries = new Set<Entry>();
  private readonly registered = new WeakSet<object>();

  /** @param what names the entries in the warning about one that cannot be read */
  constructor(what: string) {
    this.what = what;
  }

  /** Registers `report` as the callback of the instrument. A second call for one instrument does nothing. */
  register<Result>(instrument: ObservableInstrument<Result>, report: (result: Result) => void): void {
    if (this.registered.has(instrument)) return;
    this.registered.add(instrument);
    instrument.addCallback((result) => safely(this.what, () => report(result)));
  }

  /** Calls `work` for each entry. An entry that throws does not keep the others from being reported. */
  forEach(work: (entry: Entry) => void): void {
    for (const entry of this.entries) safely(this.what, () => work(entry));
  }

  /** Keeps the entry until the observation is stopped. */
  add(entry: Entry): Observation {
    this.entries.add(entry);
    return observation(() => this.entries.delete(entry));
  }
}
