import { ExplicitBuckets } from './explicit-buckets.ts';
import { InstrumentState } from './instrument-state.ts';
import type { Layout } from './layouts.ts';

/**
 * The state behind a histogram whose values are counted by somebody else, who writes sums and counts into its cells.
 * Its buckets are the explicit ones that it is created with, whatever the settings say. Least and greatest values are
 * not known: the cells of both stay as they are when there is no value.
 */
export class CountedHistogramState extends InstrumentState {
  private buckets: Layout | undefined;

  /** Takes other boundaries, unless there are series that have those which it has. */
  setBoundaries(boundaries: readonly number[]): void {
    if (!this.index.isEmpty || String(boundaries) === String(this.described.boundaries)) return;
    this.redescribe({ boundaries: [...boundaries] });
    this.buckets = undefined;
  }

  /** Whoever counts knows when a series is no more. */
  override expire(): void {}

  override get layout(): Layout {
    this.buckets ??= new ExplicitBuckets(this.described.boundaries ?? []);
    return this.buckets;
  }
}

/** As a meter keeps it. */
export class CountedHistogram {
  readonly state: CountedHistogramState;

  constructor(state: CountedHistogramState) {
    this.state = state;
  }
}
