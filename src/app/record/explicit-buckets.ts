import { EXPLICIT_BUCKETS, HISTOGRAM_MAX, HISTOGRAM_MIN, HISTOGRAM_SUM } from '../../model/protocol.ts';
import type { Buckets } from './layouts.ts';

/** Boundaries in a block, in which a bucket is found by six comparisons. */
const BLOCK = 16;

/** Buckets between given boundaries: bucket i counts (boundaries[i-1], boundaries[i]]. (Metrics data model, "Histogram") */
export class ExplicitBuckets implements Buckets {
  readonly cells: number;
  readonly exemplarSlots: number;
  /** Filled up with +Inf, of which there is at least one, to whole blocks. */
  private readonly boundaries: Float64Array;

  constructor(boundaries: readonly number[]) {
    const buckets = boundaries.length + 1;
    this.cells = EXPLICIT_BUCKETS + buckets;
    this.exemplarSlots = buckets;
    this.boundaries = new Float64Array(Math.ceil(buckets / BLOCK) * BLOCK).fill(Number.POSITIVE_INFINITY);
    this.boundaries.set(boundaries);
  }

  prepare(cells: Float64Array, at: number): void {
    cells[at + HISTOGRAM_MIN] = Number.POSITIVE_INFINITY;
    cells[at + HISTOGRAM_MAX] = Number.NEGATIVE_INFINITY;
  }

  record(cells: Float64Array, at: number, value: number): number {
    cells[at + HISTOGRAM_SUM]! += value;
    if (value < cells[at + HISTOGRAM_MIN]!) cells[at + HISTOGRAM_MIN] = value;
    if (value > cells[at + HISTOGRAM_MAX]!) cells[at + HISTOGRAM_MAX] = value;
    const bucket = this.bucketOf(value);
    cells[at + EXPLICIT_BUCKETS + bucket]! += 1;
    return bucket;
  }

  /**
   * The number of boundaries below `value`: first by blocks, then by fours, then one by one. The comparisons
   * are added up as numbers, so that no branch depends on the value: real values cannot be predicted, and a
   * search that branches takes several times as long. Unary plus is what V8 compiles so; `Number()` and `?:`
   * are not. (bench/record.ts)
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
