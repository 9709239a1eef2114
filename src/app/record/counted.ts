import { ExplicitBuckets } from './explicit-buckets.ts';
import { InstrumentState } from './instrument-state.ts';
import type { Layout } from './layouts.ts';

/** The state of a number that something else counts, and whose owner writes it into its cells. */
export class CountedState extends InstrumentState {
  override get isCounted(): boolean {
    return true;
  }
}

/** Which exemplars an instrument has whose cells others write: those that they give, or those of spans. */
export type ExemplarSource = 'given' | 'sampled';

/**
 * The state of a histogram that something else counts, and whose owner writes sums and counts into its cells. It has
 * the explicit buckets that it is created with, whatever the settings say. Minimum and maximum are unknown: their
 * cells stay as they are before the first value.
 */
export class CountedHistogramState extends CountedState {
  private buckets: Layout | undefined;

  /** Replaces the boundaries, unless there are series with the present ones. */
  setBoundaries(boundaries: readonly number[]): void {
    if (!this.index.isEmpty || String(boundaries) === String(this.described.boundaries)) return;
    this.redescribe({ boundaries: [...boundaries] });
    this.buckets = undefined;
  }

  /** The owner removes the series. */
  override expire(): void {}

  override get layout(): Layout {
    this.buckets ??= new ExplicitBuckets(this.described.boundaries ?? []);
    return this.buckets;
  }
}

/** The same for values that are recorded one by one, so that those of spans become exemplars. */
export class OwnedHistogramState extends CountedHistogramState {
  override get isCounted(): boolean {
    return false;
  }
}
