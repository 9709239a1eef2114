import { warnOnce } from '../../base/safely.ts';
import { OBSERVED_TOTALS } from '../record/histogram.ts';
import type { Totals } from '../record/totals.ts';
import { type HistogramReading, histogramReadingsOf } from './histogram-answer.ts';
import type { Receiver } from './source.ts';

/** The totals that an observation writes: two would remove each other's series. */
const taken = new WeakSet<Totals>();

/** Writes distributions into the cells of a histogram. */
export class HistogramReceiver implements Receiver<HistogramReading> {
  private readonly boundaries: readonly number[];
  private readonly totals: readonly Totals[];
  /** The last good answer, in milliseconds since the epoch. Before the first, nothing is known of the start. */
  private since = Number.NaN;

  /** @returns `undefined` for an instrument that is no histogram of pitot's */
  static of(instrument: object, name: string): HistogramReceiver | undefined {
    const totals = totalsOf(instrument);
    const [first] = totals;
    return first === undefined ? undefined : new HistogramReceiver(first, totals, name);
  }

  private constructor(first: Totals, totals: readonly Totals[], name: string) {
    if (taken.has(first))
      throw new Error('another observation gives this histogram its values; stop that one first');
    this.boundaries = first.boundaries;
    this.totals = totals.filter(({ boundaries }) => String(boundaries) === String(first.boundaries));
    for (const one of this.totals) taken.add(one);
    if (this.totals.length < totals.length) {
      warnOnce(
        `observe ${name} boundaries`,
        `a view gives the histogram of ${name} two streams with different boundaries; only those with ` +
          `[${first.boundaries.join(', ')}] have values.`,
      );
    }
  }

  read(answer: unknown): readonly HistogramReading[] {
    return histogramReadingsOf(answer, this.boundaries);
  }

  take(readings: readonly HistogramReading[]): void {
    const now = Date.now();
    for (const totals of this.totals) {
      totals.begin();
      for (const { counts, sum, attributes = {} } of readings) {
        const series = totals.of(attributes);
        series.value += sum;
        for (const [bucket, count] of counts.entries()) series.counts[bucket]! += count;
      }
      totals.end(this.since);
    }
    this.since = now;
  }

  drop(): void {
    this.take([]);
    this.since = Number.NaN;
  }

  /** Removes all series, and leaves the histogram to another observation. */
  end(): void {
    this.drop();
    for (const totals of this.totals) taken.delete(totals);
  }
}

function totalsOf(instrument: object): readonly Totals[] {
  const { [OBSERVED_TOTALS]: observed } = instrument as { [OBSERVED_TOTALS]?: () => readonly Totals[] };
  return observed?.call(instrument) ?? [];
}
