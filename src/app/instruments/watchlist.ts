import { safely } from '../../base/safely.ts';
import { type Observation, observation } from '../observe/observation.ts';

/** An observable instrument of a contract, as far as a watchlist goes. */
interface Observed<Result> {
  addCallback(callback: (result: Result) => void): void;
}

/**
 * Things whose numbers are read whenever metrics are: pools, caches, open connections. However many there
 * are, an instrument has one callback for all of them.
 */
export class Watchlist<Entry extends object> {
  private readonly what: string;
  private readonly entries = new Set<Entry>();
  private readonly watched = new WeakSet<object>();

  /** @param what names the things in a warning about one whose numbers cannot be read */
  constructor(what: string) {
    this.what = what;
  }

  /** Has the numbers told by `report` whenever the instrument is read. Again for one instrument is once. */
  tell<Result>(instrument: Observed<Result>, report: (result: Result) => void): void {
    if (this.watched.has(instrument)) return;
    this.watched.add(instrument);
    instrument.addCallback((result) => safely(this.what, () => report(result)));
  }

  /** For a report: one entry that fails does not spoil the others. */
  each(work: (entry: Entry) => void): void {
    for (const entry of this.entries) safely(this.what, () => work(entry));
  }

  /** Watches the entry until the observation is stopped. */
  add(entry: Entry): Observation {
    this.entries.add(entry);
    return observation(() => this.entries.delete(entry));
  }
}
