import {
  INTERVAL_ASKED,
  INTERVAL_CELLS,
  INTERVAL_COUNT,
  INTERVAL_MAX,
  INTERVAL_MIN,
  INTERVAL_NUMBER,
} from '../../model/protocol.ts';
import type { Buckets } from './layouts.ts';

/** Buckets with count, minimum and maximum of the present interval besides, for a receiver that prefers differences. */
export class IntervalBuckets implements Buckets {
  readonly cells: number;
  readonly exemplarSlots: number;
  private readonly buckets: Buckets;
  /** Where the interval's cells begin in a run. */
  private readonly first: number;

  constructor(buckets: Buckets) {
    this.buckets = buckets;
    this.first = buckets.cells;
    this.cells = buckets.cells + INTERVAL_CELLS;
    this.exemplarSlots = buckets.exemplarSlots;
  }

  prepare(cells: Float64Array, at: number): void {
    this.buckets.prepare(cells, at);
    begin(cells, at + this.first, 0);
  }

  record(cells: Float64Array, at: number, value: number): void {
    const interval = at + this.first;
    const asked = cells[interval + INTERVAL_ASKED]!;
    if (cells[interval + INTERVAL_NUMBER] !== asked) begin(cells, interval, asked);
    cells[interval + INTERVAL_COUNT]! += 1;
    if (value < cells[interval + INTERVAL_MIN]!) cells[interval + INTERVAL_MIN] = value;
    if (value > cells[interval + INTERVAL_MAX]!) cells[interval + INTERVAL_MAX] = value;
    this.buckets.record(cells, at, value);
  }

  slotOf(value: number): number {
    return this.buckets.slotOf(value);
  }
}

function begin(cells: Float64Array, interval: number, number: number): void {
  cells[interval + INTERVAL_NUMBER] = number;
  cells[interval + INTERVAL_COUNT] = 0;
  cells[interval + INTERVAL_MIN] = Number.POSITIVE_INFINITY;
  cells[interval + INTERVAL_MAX] = Number.NEGATIVE_INFINITY;
}
