import { ExplicitBuckets } from './explicit-buckets.ts';

/** The buckets of a histogram that is counted elsewhere: they take no recording. */
export class ObservedBuckets extends ExplicitBuckets {
  private readonly refused: () => void;

  /** @param refused called for each recording */
  constructor(boundaries: readonly number[], refused: () => void) {
    super(boundaries);
    this.refused = refused;
  }

  override record(): void {
    this.refused();
  }
}
