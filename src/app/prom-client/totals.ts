import type { Attributes } from '@opentelemetry/api';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM, SCALAR_VALUE, START, startOf } from '../../model/protocol.ts';
import type { InstrumentState } from '../record/instrument-state.ts';
import type { Series } from '../record/series.ts';

/** What is known of one series. */
interface Told {
  /** The value or, of a histogram, the sum. */
  value: number;
  /** Of a histogram, how many values are in each bucket and in no lower one. */
  readonly counts: Float64Array;
  /** The round in which it was told last. */
  round: number;
  /** Whether a start time of its own is in its cells. */
  hasBegun: boolean;
}

/**
 * The series of one instrument, of which somebody else keeps the totals. They are told in rounds: all of them in
 * each round. What is told is in the cells when the round ends, so that no reader sees a part of a series to which
 * several contribute: that of the overflow, or of attributes that were redacted.
 */
export class Totals {
  private readonly state: InstrumentState;
  private readonly buckets: number;
  private readonly isMonotonic: boolean;
  private readonly known = new Map<Series, Told>();
  private round = 0;

  /** @param description replaces that of an earlier instrument of the same name */
  constructor(state: InstrumentState, description: string) {
    const { kind, boundaries = [], description: before } = state.described;
    if (before !== description) state.describe(description);
    this.state = state;
    this.buckets = kind === 'histogram' ? boundaries.length + 1 : 0;
    this.isMonotonic = kind === 'histogram' || kind === 'observableCounter';
  }

  begin(): void {
    this.round++;
  }

  /** Where to add what one set of attributes contributes to its series in this round. */
  of(attributes: Attributes): Told {
    const series = this.state.index.find(attributes);
    let told = this.known.get(series);
    if (told === undefined) {
      told = { value: 0, counts: new Float64Array(this.buckets), round: 0, hasBegun: false };
      this.known.set(series, told);
    }
    if (told.round !== this.round) {
      told.value = 0;
      told.counts.fill(0);
      told.round = this.round;
    }
    return told;
  }

  /**
   * Ends the round. Series that were not told in it are removed.
   *
   * @param since milliseconds since the epoch: the earliest that a series can have begun which is new, or which has
   * less than before and so has begun anew
   */
  end(since: number): void {
    const gone: Series[] = [];
    for (const [series, told] of this.known) {
      if (told.round === this.round && !series.isRemoved) this.write(series, told, since);
      else gone.push(series);
    }
    for (const series of gone) this.known.delete(series);
    this.state.discard(gone);
  }

  private write({ cells, at }: Series, told: Told, since: number): void {
    const { value, counts } = told;
    const first = at + (this.buckets > 0 ? HISTOGRAM_SUM : SCALAR_VALUE);
    const buckets = cells.subarray(at + EXPLICIT_BUCKETS, at + EXPLICIT_BUCKETS + this.buckets);
    const isLess = this.buckets > 0 ? counts.some((count, i) => count < buckets[i]!) : value < cells[first]!;
    // A series without a start is absent, so that no reader sees the new values with the old start.
    if (!told.hasBegun || (this.isMonotonic && isLess)) cells[at + START] = 0;
    cells[first] = value;
    buckets.set(counts);
    if (cells[at + START] === 0) cells[at + START] = startOf(since);
    told.hasBegun = true;
  }
}
