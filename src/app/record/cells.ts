import { allocateShared } from '../../base/shared-memory.ts';
import type { RecorderMessage } from '../../model/protocol.ts';

/** 32 KiB. Each further slab is twice as large as the one before, up to {@link MAX_SLAB_CELLS}. */
const FIRST_SLAB_CELLS = 4096;
const MAX_SLAB_CELLS = 131_072;

/** A run of cells within one slab. `cells[at]` is the run's first cell. */
export interface Run {
  readonly cells: Float64Array;
  /** The same slab as int32 words, two to a cell. */
  readonly words: Int32Array;
  readonly slab: number;
  readonly at: number;
  readonly length: number;
}

/** Runs that were freed together. The hub may still be reading them. */
interface Retired {
  readonly removal: number;
  readonly runs: readonly Run[];
}

/**
 * Allocates runs of float64 cells in shared memory. A run never moves and never spans two slabs, so that a series
 * keeps one `Float64Array` and one index for its lifetime; growing adds a slab.
 *
 * The store reuses a freed run for the next one of its length, as soon as the hub has stopped reading it.
 */
export class CellStore {
  private readonly slabs: Slab[] = [];
  private free = 0;
  /** Free runs that the hub does not read, by their length. */
  private readonly spare = new Map<number, Run[]>();
  private retired: Retired[] = [];
  private removals = 0;
  private readonly announce: (message: RecorderMessage) => void;

  constructor(announce: (message: RecorderMessage) => void) {
    this.announce = announce;
  }

  /** A run of `length` cells, all zero. */
  allocate(length: number): Run {
    const spare = this.spare.get(length)?.pop();
    if (spare !== undefined) {
      spare.cells.fill(0, spare.at, spare.at + length);
      return spare;
    }
    let slab = this.slabs.at(-1);
    if (slab === undefined || this.free + length > slab.cells.length) {
      slab = this.grow(length, slab?.cells.length ?? FIRST_SLAB_CELLS / 2);
    }
    const at = this.free;
    this.free += length;
    return { ...slab, slab: this.slabs.length - 1, at, length };
  }

  /** The run that {@link allocate} returned, for those who keep only where it is. */
  runAt(cells: Float64Array, at: number, length: number): Run {
    const slab = this.slabs.findIndex((one) => one.cells === cells);
    return { cells, words: this.slabs[slab]!.words, slab, at, length };
  }

  /**
   * Frees runs.
   *
   * @returns the number of this removal, for {@link release}
   */
  retire(runs: readonly Run[]): number {
    this.retired.push({ removal: ++this.removals, runs });
    return this.removals;
  }

  /** The hub has stopped reading the runs of this removal, and of all before it. */
  release(removal: number): void {
    const later = this.retired.findIndex((one) => one.removal > removal);
    const released = this.retired.splice(0, later === -1 ? this.retired.length : later);
    for (const run of released.flatMap(({ runs }) => runs)) {
      const spare = this.spare.get(run.length);
      if (spare === undefined) this.spare.set(run.length, [run]);
      else spare.push(run);
    }
  }

  /** Without a hub all freed runs can be reused at once. */
  releaseAll(): void {
    this.release(this.removals);
  }

  /** The last removal that was not released; 0 for none. */
  get unreleased(): number {
    return this.retired.at(-1)?.removal ?? 0;
  }

  /** Announces every slab again, for a hub that has just started. */
  announceAll(): void {
    this.slabs.forEach(({ cells }, slab) => {
      this.announce({ type: 'slab', slab, buffer: cells.buffer });
    });
  }

  private grow(length: number, previous: number): Slab {
    const size = Math.max(length, Math.min(previous * 2, MAX_SLAB_CELLS));
    const buffer = allocateShared(size * Float64Array.BYTES_PER_ELEMENT);
    const slab = { cells: new Float64Array(buffer), words: new Int32Array(buffer) };
    this.slabs.push(slab);
    this.free = 0;
    this.announce({ type: 'slab', slab: this.slabs.length - 1, buffer });
    return slab;
  }
}

/** One piece of shared memory, as cells and as int32 words. */
interface Slab {
  readonly cells: Float64Array<SharedArrayBuffer>;
  readonly words: Int32Array<SharedArrayBuffer>;
}
