import { atomics } from '../../base/shared-memory.ts';
import { bucketIndex, MAX_SCALE } from '../../model/exponential-index.ts';
import {
  EXPONENTIAL_BASE,
  EXPONENTIAL_BUCKETS,
  EXPONENTIAL_CELLS,
  EXPONENTIAL_NO_BASE,
  EXPONENTIAL_SCALE,
  EXPONENTIAL_SEQUENCE,
  EXPONENTIAL_SIZE,
  EXPONENTIAL_ZERO,
  HISTOGRAM_MAX,
  HISTOGRAM_MIN,
  HISTOGRAM_SUM,
  WORDS_PER_CELL,
} from '../../model/protocol.ts';
import { ExplicitBuckets } from './explicit-buckets.ts';
import type { Buckets } from './layouts.ts';

/** The specification's min(20, MaxSize). (OpenTelemetry metrics SDK specification, "Exemplar defaults") */
const EXEMPLAR_SLOTS = 20;
/** One bucket between two powers of two, as in the grids of classic buckets (src/hub/expose/exponential.ts). */
const EXEMPLAR_SCALE = 0;

/**
 * Base-2 exponential buckets, at the finest scale at which all values so far fit into the window.
 * (OpenTelemetry metrics SDK specification, "Base2 Exponential Bucket Histogram Aggregation")
 *
 * An exemplar is the latest value between two powers of two, not a random sample: the exemplars cover the whole
 * range, so that the rare slow request is among them.
 */
export class ExponentialBuckets implements Buckets {
  readonly cells = EXPONENTIAL_CELLS;
  readonly exemplarSlots: number;
  private readonly classic: ExplicitBuckets | undefined;

  /** @param boundaries those that the creator advised, by which scrapers without native histograms see the buckets */
  constructor(boundaries: readonly number[] | undefined) {
    this.classic = boundaries === undefined ? undefined : new ExplicitBuckets(boundaries);
    this.exemplarSlots = this.classic?.exemplarSlots ?? EXEMPLAR_SLOTS;
  }

  prepare(cells: Float64Array, at: number): void {
    cells[at + HISTOGRAM_MIN] = Number.POSITIVE_INFINITY;
    cells[at + HISTOGRAM_MAX] = Number.NEGATIVE_INFINITY;
    cells[at + EXPONENTIAL_SCALE] = MAX_SCALE;
    cells[at + EXPONENTIAL_BASE] = EXPONENTIAL_NO_BASE;
  }

  record(cells: Float64Array, at: number, value: number): void {
    if (value < cells[at + HISTOGRAM_MIN]!) cells[at + HISTOGRAM_MIN] = value;
    if (value > cells[at + HISTOGRAM_MAX]!) cells[at + HISTOGRAM_MAX] = value;
    if (value === 0) {
      cells[at + EXPONENTIAL_ZERO]! += 1;
      return;
    }
    cells[at + HISTOGRAM_SUM]! += value;
    // These cells hold integers, and `| 0` lets V8 compute with integers. (bench/record.ts)
    const index = bucketIndex(value, cells[at + EXPONENTIAL_SCALE]! | 0);
    let place = index - (cells[at + EXPONENTIAL_BASE]! | 0);
    if (place < 0 || place >= EXPONENTIAL_SIZE) place = widen(cells, at, index);
    cells[at + EXPONENTIAL_BUCKETS + place]! += 1;
  }

  /**
   * A slot for each classic bucket. Without advised boundaries zeros have a slot, and powers of two take turns in the
   * others: values share one only if they differ 2^18-fold.
   */
  slotOf(value: number): number {
    if (this.classic !== undefined) return this.classic.slotOf(value);
    if (value === 0) return 0;
    const ring = EXEMPLAR_SLOTS - 1;
    const turn = bucketIndex(value, EXEMPLAR_SCALE) % ring;
    return 1 + (turn < 0 ? turn + ring : turn);
  }
}

/**
 * Moves the window so that it holds the bucket `index` of the present scale, at a lower scale if it must, and with
 * equal room on both sides.
 *
 * @returns the place of that bucket in the window
 */
function widen(cells: Float64Array, at: number, index: number): number {
  const counts = cells.subarray(at + EXPONENTIAL_BUCKETS, at + EXPONENTIAL_BUCKETS + EXPONENTIAL_SIZE);
  const base = cells[at + EXPONENTIAL_BASE]!;
  const first = counts.findIndex((count) => count > 0);
  let low = first === -1 ? index : Math.min(index, base + first);
  let high = first === -1 ? index : Math.max(index, base + counts.findLastIndex((count) => count > 0));
  let change = 0;
  while (high - low >= EXPONENTIAL_SIZE) {
    low >>= 1;
    high >>= 1;
    change++;
  }
  const newBase = low - ((EXPONENTIAL_SIZE - 1 - (high - low)) >> 1);
  const moved = new Float64Array(EXPONENTIAL_SIZE);
  counts.forEach((count, place) => {
    if (count > 0) moved[((base + place) >> change) - newBase]! += count;
  });

  const words = new Int32Array(cells.buffer);
  const sequence = (at + EXPONENTIAL_SEQUENCE) * WORDS_PER_CELL;
  atomics.add(words, sequence, 1);
  cells[at + EXPONENTIAL_SCALE]! -= change;
  cells[at + EXPONENTIAL_BASE] = newBase;
  counts.set(moved);
  atomics.add(words, sequence, 1);
  return (index >> change) - newBase;
}
