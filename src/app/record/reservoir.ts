import { bucketOf } from '../../model/boundaries.ts';
import type { ExemplarReservoir } from '../../model/view.ts';

/** Chooses which of a series' exemplars a measurement replaces. (Metrics SDK specification, "ExemplarReservoir") */
export interface Reservoir {
  /** The slot for a measurement that may become an exemplar; -1 if it becomes none. */
  slotOf(value: number): number;
}

/** The most exemplars of a series of this choice. */
export function slotsOf(choice: ExemplarReservoir): number {
  if (choice === 'none') return 0;
  return 'size' in choice ? choice.size : choice.boundaries.length + 1;
}

/** @param collections how many collections there have been */
export function createReservoir(
  choice: Exclude<ExemplarReservoir, 'none'>,
  collections: () => number,
): Reservoir {
  return 'size' in choice ? new FixedSize(choice.size, collections) : alignedTo(choice.boundaries);
}

/** "SimpleFixedSizeExemplarReservoir": every measurement since the last collection is kept with equal probability. */
class FixedSize implements Reservoir {
  private seen = 0;
  private collection = -1;
  private readonly size: number;
  private readonly collections: () => number;

  constructor(size: number, collections: () => number) {
    this.size = size;
    this.collections = collections;
  }

  slotOf(): number {
    const now = this.collections();
    if (now !== this.collection) {
      this.collection = now;
      this.seen = 0;
    }
    const slot = this.seen < this.size ? this.seen : Math.floor(Math.random() * (this.seen + 1));
    this.seen++;
    return slot < this.size ? slot : -1;
  }
}

/** "AlignedHistogramBucketExemplarReservoir", which keeps the last measurement of each bucket. */
function alignedTo(boundaries: readonly number[]): Reservoir {
  return { slotOf: (value) => bucketOf(boundaries, value) };
}
