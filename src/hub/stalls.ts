import { BEAT_INTERVAL_MS, type VitalSigns } from '../model/vital-signs.ts';

/** Whose event loop it is: the application's main thread, or one of its workers. */
export interface Thread {
  readonly name: 'main' | 'worker';
  readonly id: number;
}

/** An application thread, and its event loop as it was when it was last looked at. Times are in nanoseconds. */
interface Loop {
  readonly thread: Thread;
  readonly signs: VitalSigns;
  beat: bigint;
  delay: bigint;
  /** Of the stall in progress, as much as is in the totals already; 0 while there is none. */
  counted: bigint;
}

/** What is known of one application thread's event loop now. */
export interface LoopState {
  readonly thread: Thread;
  /** Seconds for which the loop has not turned. */
  readonly stuck: number;
  /** Whether the loop has turned at all since the start. */
  readonly hasTurned: boolean;
  /** Why the application calls itself not ready; undefined when it is. */
  readonly notReady: string | undefined;
}

/** Stalls above the threshold, and the seconds they took together, those in progress included. */
export interface StallTotals {
  readonly stalls: number;
  readonly seconds: number;
}

const NS_PER_MS = 1_000_000n;
const INTERVAL = BigInt(BEAT_INTERVAL_MS) * NS_PER_MS;
/** Between two looks; when it is longer than this, the hub did not run, and knows nothing of that time. */
const LONGEST_GAP = 1000n * NS_PER_MS;

/**
 * Watches the event loops of the application's threads from the hub's. A loop is stuck since the beat
 * that was due. Where the hub itself did not run (the process was stopped, the machine slept), nobody was
 * stuck: the time before the hub ran again is not counted.
 */
export class Stalls {
  private readonly loops = new Set<Loop>();
  private readonly counts = new Map<Thread['name'], { stalls: number; time: bigint }>();
  private readonly threshold: bigint;
  private readonly clock: () => bigint;
  private looked: bigint;
  /** Since when the hub has run without a gap. */
  private since = 0n;

  /**
   * @param threshold milliseconds from which on a stall is counted
   * @param clock nanoseconds of the monotonic clock
   */
  constructor(threshold: number, clock: () => bigint = process.hrtime.bigint) {
    this.clock = clock;
    this.threshold = BigInt(threshold) * NS_PER_MS;
    this.looked = clock();
  }

  /**
   * Watches one more thread.
   *
   * @returns a function that ends it; what was counted stays in the totals
   */
  add(thread: Thread, signs: VitalSigns): () => void {
    const { lastBeat: beat, totalDelay: delay } = signs;
    const loop = { thread, signs, beat, delay, counted: 0n };
    this.loops.add(loop);
    this.countsOf(thread.name);
    return () => {
      this.look();
      this.loops.delete(loop);
    };
  }

  /** Looks at the loops as often as they beat, so that no stall ends unseen. */
  watch(): () => void {
    const timer = setInterval(() => this.look(), BEAT_INTERVAL_MS).unref();
    return () => clearInterval(timer);
  }

  /** All loops as they are now. */
  states(): LoopState[] {
    const now = this.look();
    return Array.from(this.loops, (loop) => ({
      thread: loop.thread,
      stuck: seconds(this.stuck(loop, now)),
      hasTurned: loop.signs.hasTurned,
      notReady: loop.signs.notReady,
    }));
  }

  /** By the threads' names. Neither ever falls. */
  totals(): ReadonlyMap<Thread['name'], StallTotals> {
    this.look();
    return new Map(
      Array.from(this.counts, ([name, { stalls, time }]) => [name, { stalls, seconds: seconds(time) }]),
    );
  }

  private look(): bigint {
    const now = this.clock();
    if (now - this.looked > LONGEST_GAP) this.since = now;
    this.looked = now;
    for (const loop of this.loops) this.update(loop, now);
    return now;
  }

  private update(loop: Loop, now: bigint): void {
    const { lastBeat, totalDelay } = loop.signs;
    if (lastBeat === loop.beat) {
      this.count(loop, this.stuck(loop, now));
      return;
    }
    // The beats since the last look came late by this, but some of the time may not have been seen.
    const late = totalDelay - loop.delay;
    const seen = lastBeat - this.start(loop);
    this.count(loop, late < seen ? late : seen);
    loop.beat = lastBeat;
    loop.delay = totalDelay;
    loop.counted = 0n;
  }

  private count(loop: Loop, stall: bigint): void {
    if (stall < this.threshold || stall <= loop.counted) return;
    const counts = this.countsOf(loop.thread.name);
    if (loop.counted === 0n) counts.stalls++;
    counts.time += stall - loop.counted;
    loop.counted = stall;
  }

  private countsOf(name: Thread['name']): { stalls: number; time: bigint } {
    let counts = this.counts.get(name);
    if (counts === undefined) {
      counts = { stalls: 0, time: 0n };
      this.counts.set(name, counts);
    }
    return counts;
  }

  private stuck(loop: Loop, now: bigint): bigint {
    const stuck = now - this.start(loop);
    return stuck > 0n ? stuck : 0n;
  }

  /** From when on the loop's not turning counts: the beat that was due, or the hub's own return. */
  private start({ beat }: Loop): bigint {
    return (beat > this.since ? beat : this.since) + INTERVAL;
  }
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
