import type { Attributes } from '@opentelemetry/api';
import { EXPLICIT_BUCKETS, HISTOGRAM_SUM, SCALAR_VALUE, START, startOf } from '../../model/protocol.ts';
import type { GivenExemplar } from './exemplars.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { Series } from './series.ts';

/** The state of one series. */
interface Told {
  /** The value, or the sum of a histogram. */
  value: number;
  /** For a histogram, the number of values in each bucket and in no lower one. */
  readonly counts: Float64Array;
  /** Those of this round. */
  exemplars: GivenExemplar[];
  /** The time of the latest exemplar that its cells have. */
  latest: number;
  /** The round that last reported the series. */
  round: number;
  /** Whether its cells contain a start time of its own. */
  hasBegun: boolean;
}

/**
 * The series of one instrument whose totals are kept elsewhere: by another library, or in a database. Their owner
 * reports them in rounds: every series in each round. The cells receive the values at the end of the round. So a reader never sees a partial sum of a series
 * with several contributions, such as the overflow series or one with redacted attributes.
 */
export class Totals {
  /** Histograms only; else empty. */
  readonly boundaries: readonly number[];
  private readonly state: InstrumentState;
  private readonly buckets: number;
  private readonly isMonotonic: boolean;
  private readonly known = new Map<Series, Told>();
  private round = 0;

  /** @param description replaces that of an earlier instrument with the same name */
  constructor(state: InstrumentState, description: string) {
    const { kind, boundaries = [], description: before } = state.described;
    if (before !== description) state.describe(description);
    this.boundaries = boundaries;
    this.state = state;
    this.buckets = kind === 'histogram' ? boundaries.length + 1 : 0;
    this.isMonotonic = kind === 'histogram' || kind === 'observableCounter';
  }

  begin(): void {
    this.round++;
  }

  /** The state to which one set of attributes adds its values in this round. */
  of(attributes: Attributes): Told {
    const series = this.state.index.find(attributes);
    let told = this.known.get(series);
    if (told === undefined) {
      told = {
        value: 0,
        counts: new Float64Array(this.buckets),
        exemplars: [],
        latest: 0,
        round: 0,
        hasBegun: false,
      };
      this.known.set(series, told);
    }
    if (told.round !== this.round) {
      told.value = 0;
      told.counts.fill(0);
      told.exemplars = [];
      told.round = this.round;
    }
    return told;
  }

  /**
   * Ends the round. Removes the series that the round did not report.
   *
   * @param since the earliest possible start of a series that is new, or that restarted because its total fell;
   * milliseconds since the epoch, NaN if it is unknown
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

  private write(series: Series, told: Told, since: number): void {
    const { cells, at } = series;
    const { value, counts } = told;
    const first = at + (this.buckets > 0 ? HISTOGRAM_SUM : SCALAR_VALUE);
    const buckets = cells.subarray(at + EXPLICIT_BUCKETS, at + EXPLICIT_BUCKETS + this.buckets);
    const isLess = this.buckets > 0 ? counts.some((count, i) => count < buckets[i]!) : value < cells[first]!;
    // A series without a start counts as absent, so that no reader sees the new values with the old start.
    if (!told.hasBegun || (this.isMonotonic && isLess)) cells[at + START] = 0;
    cells[first] = value;
    buckets.set(counts);
    if (cells[at + START] === 0) cells[at + START] = startOf(since);
    told.hasBegun = true;
    if (told.exemplars.length > 0) this.writeExemplars(series, told);
  }

  /** After the values, so that every exemplar is part of the sum that a reader sees. */
  private writeExemplars({ exemplars }: Series, told: Told): void {
    const news = told.exemplars.filter(({ time }) => time >= told.latest).sort((a, b) => a.time - b.time);
    for (const exemplar of news) exemplars?.put(this.state.layout.slotOf(exemplar.value), exemplar);
    told.latest = news.at(-1)?.time ?? told.latest;
  }
}
