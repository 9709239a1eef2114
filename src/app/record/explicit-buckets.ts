import { bucketOf } from '../../model/boundaries.ts';
import { EXPLICIT_BUCKETS, HISTOGRAM_MAX, HISTOGRAM_MIN, HISTOGRAM_SUM } from '../../model/protocol.ts';
import type { Buckets } from './layouts.ts';

/** Six comparisons find a bucket among this many boundaries. */
const BLOCK = 16;

/** Buckets between given boundaries: bucket i counts (boundaries[i-1], boundaries[i]]. (Metrics data model, "Histogram") */
export class ExplicitBuckets implements Buckets {
  readonly cells: number;
  readonly exemplarSlots: number;
  /** Padded with at least one +Inf to whole blocks. */
  private readonly boundaries: Float64Array;
  /** The served bucket of each bucket, if they differ. */
  private readonly served: Uint16Array | undefined;

  /** @param served the boundaries that scrapers see, some of `boundaries`; all by default */
  constructor(boundaries: readonly number[], served = boundaries) {
    const buckets = boundaries.length + 1;
    this.cells = EXPLICIT_BUCKETS + buckets;
    this.exemplarSlots = served.length + 1;
    this.served =
      served === boundaries
        ? undefined
        : Uint16Array.from([...boundaries, Number.POSITIVE_INFINITY], (bound) => bucketOf(served, bound));
    this.boundaries = new Float64Array(Math.ceil(buckets / BLOCK) * BLOCK).fill(Number.POSITIVE_INFINITY);
    this.boundaries.set(boundaries);
  }

  prepare(cells: Float64Array, at: number): void {
    cells[at + HISTOGRAM_MIN] = Number.POSITIVE_INFINITY;
    cells[at + HISTOGRAM_MAX] = Number.NEGATIVE_INFINITY;
  }

  record(cells: Float64Array, at: number, value: number): void {
    cells[at + HISTOGRAM_SUM]! += value;
    if (value < cells[at + HISTOGRAM_MIN]!) cells[at + HISTOGRAM_MIN] = value;
    if (value > cells[at + HISTOGRAM_MAX]!) cells[at + HISTOGRAM_MAX] = value;
    cells[at + EXPLICIT_BUCKETS + this.bucketOf(value)]! += 1;
  }

  slotOf(value: number): number {
    const bucket = this.bucketOf(value);
    return this.served === undefined ? bucket : this.served[bucket]!;
  }

  /**
   * The bucket, which is the number of boundaries below `value`: first by blocks, then by fours, then one by one.
   * Comparisons are added up as numbers, so that no branch depends on the value: the processor cannot predict real
   * values, and a search with branches takes several times as long. V8 compiles unary plus without a branch, but
   * neither `Number()` nor `?:`. (bench/record.ts)
   */
  private bucketOf(value: number): number {
    const { boundaries: bounds } = this;
    let at = 0;
    for (let last = BLOCK - 1; last < bounds.length - 1; last += BLOCK) at += +(bounds[last]! < value);
    at *= BLOCK;
    at += 4 * (+(bounds[at + 3]! < value) + +(bounds[at + 7]! < value) + +(bounds[at + 11]! < value));
    return at + +(bounds[at]! < value) + +(bounds[at + 1]! < value) + +(bounds[at + 2]! < value);
  }
}
