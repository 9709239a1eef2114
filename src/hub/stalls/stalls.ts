import { BEAT_INTERVAL_MS, type VitalSigns } from '../../model/vital-signs.ts';

/** The thread of an event loop: the application's main thread, or one of its workers. */
export interface Thread {
  readonly name: 'main' | 'worker';
  readonly id: number;
}

/** The event loop of an application thread, as of the last poll. Times are in nanoseconds. */
interface Loop {
  readonly thread: Thread;
  readonly signs: VitalSigns;
  beat: bigint;
  delay: bigint;
  /** The part of the present stall that is in the totals already; 0 while there is no stall. */
  counted: bigint;
  /** The present stall, once it is above the threshold. */
  stall: Stall | undefined;
}

/** The event loop of an application thread at this moment. */
export interface LoopState {
  readonly thread: Thread;
  /** Seconds since the loop should have turned. */
  readonly stuck: number;
  /** Whether the loop has turned at all since the start. */
  readonly hasTurned: boolean;
  /** Why the application says that it is not ready; `undefined` when it is ready. */
  readonly notReady: string | undefined;
}

/** Stalls above the threshold and their total duration in seconds, including stalls in progress. */
export interface StallTotals {
  readonly stalls: number;
  readonly seconds: number;
}

/** A stall above the threshold. */
export interface Stall {
  readonly thread: Thread;
  /** When the loop should have turned, in nanoseconds of the monotonic clock. */
  readonly start: bigint;
}

/** A stall in progress, for the next hub of this process. */
interface OpenStall {
  readonly stall: Stall;
  readonly beat: bigint;
  readonly delay: bigint;
  readonly counted: bigint;
}

/** The state from which the next hub of this process continues. */
export interface StallProgress {
  readonly counts: ReadonlyMap<Thread['name'], Counts>;
  readonly open: readonly OpenStall[];
  /** The hub has run without a gap since then, in nanoseconds of the monotonic clock. */
  readonly since: bigint;
}

/** Stalls and their time in nanoseconds. */
interface Counts {
  stalls: number;
  time: bigint;
}

/** Hears of every stall above the threshold: when it is noticed, and when it is over. */
export interface StallListener {
  began(stall: Stall): void;
  /** @param end nanoseconds of the monotonic clock */
  ended(stall: Stall, end: bigint): void;
}

const NS_PER_MS = 1_000_000n;
const INTERVAL = BigInt(BEAT_INTERVAL_MS) * NS_PER_MS;
/** With a longer time between two polls the hub itself did not run, and knows nothing about that time. */
const MAX_GAP_NS = 1000n * NS_PER_MS;

/**
 * Watches the event loops of the application's threads from the hub. A loop is stuck from the moment its next beat is
 * due. Time in which the hub itself did not run (the process was stopped, the machine slept) does not count.
 */
export class Stalls {
  private readonly loops = new Set<Loop>();
  private readonly counts: Map<Thread['name'], Counts>;
  private readonly earlier: readonly OpenStall[];
  private readonly threshold: bigint;
  private readonly clock: () => bigint;
  private polledAt: bigint;
  /** The hub has run without a gap since then. */
  private since: bigint;
  private listener: StallListener | undefined;

  /**
   * @param threshold milliseconds; shorter stalls do not count
   * @param earlier of an earlier hub of this process
   * @param clock nanoseconds of the monotonic clock
   */
  constructor(threshold: number, earlier?: StallProgress, clock: () => bigint = process.hrtime.bigint) {
    this.clock = clock;
    this.counts = new Map(earlier?.counts);
    this.earlier = earlier?.open ?? [];
    this.since = earlier?.since ?? 0n;
    this.threshold = BigInt(threshold) * NS_PER_MS;
    this.polledAt = clock();
  }

  /**
   * Watches another thread.
   *
   * @returns a function that stops watching; the thread's stalls stay in the totals
   */
  add(thread: Thread, signs: VitalSigns): () => void {
    const { lastBeat: beat, totalDelay: delay } = signs;
    const begun = this.earlier.find(({ stall }) => stall.thread.id === thread.id);
    const loop: Loop = { thread, signs, ...(begun ?? { beat, delay, counted: 0n, stall: undefined }) };
    this.loops.add(loop);
    this.countsOf(thread.name);
    return () => {
      this.end(loop, this.poll());
      this.loops.delete(loop);
    };
  }

  /** Tells one listener of the stalls from now on. */
  listen(listener: StallListener): void {
    this.listener = listener;
  }

  /** Polls the loops as often as they beat, so that no stall is missed. */
  watch(): () => void {
    const timer = setInterval(() => this.poll(), BEAT_INTERVAL_MS).unref();
    return () => clearInterval(timer);
  }

  get progress(): StallProgress {
    const open = [...this.loops].flatMap(({ stall, beat, delay, counted }) =>
      stall === undefined ? [] : [{ stall, beat, delay, counted }],
    );
    return { counts: this.counts, open, since: this.since };
  }

  /** All loops as they are now. */
  states(): LoopState[] {
    const now = this.poll();
    return Array.from(this.loops, (loop) => ({
      thread: loop.thread,
      stuck: seconds(this.stuck(loop, now)),
      hasTurned: loop.signs.hasTurned,
      notReady: loop.signs.notReady,
    }));
  }

  /** By the threads' names. Neither total ever decreases. */
  totals(): ReadonlyMap<Thread['name'], StallTotals> {
    this.poll();
    return new Map(
      Array.from(this.counts, ([name, { stalls, time }]) => [name, { stalls, seconds: seconds(time) }]),
    );
  }

  private poll(): bigint {
    const now = this.clock();
    if (now - this.polledAt > MAX_GAP_NS) this.since = now;
    this.polledAt = now;
    for (const loop of this.loops) this.update(loop, now);
    return now;
  }

  private update(loop: Loop, now: bigint): void {
    const { lastBeat, totalDelay } = loop.signs;
    if (lastBeat === loop.beat) {
      this.count(loop, this.stuck(loop, now));
      return;
    }
    // The beats since the last poll came late by this much. The hub did not necessarily run all that time.
    const late = totalDelay - loop.delay;
    const begin = this.start(loop);
    const stalled = late < lastBeat - begin ? late : lastBeat - begin;
    this.count(loop, stalled);
    Object.assign(loop, { beat: lastBeat, delay: totalDelay, counted: 0n });
    this.end(loop, begin + stalled);
  }

  private end(loop: Loop, now: bigint): void {
    const { stall } = loop;
    loop.stall = undefined;
    if (stall !== undefined) this.listener?.ended(stall, now);
  }

  private count(loop: Loop, stall: bigint): void {
    if (stall < this.threshold || stall <= loop.counted) return;
    const counts = this.countsOf(loop.thread.name);
    const isNew = loop.counted === 0n;
    if (isNew) counts.stalls++;
    counts.time += stall - loop.counted;
    loop.counted = stall;
    if (!isNew) return;
    loop.stall = { thread: loop.thread, start: this.start(loop) };
    this.listener?.began(loop.stall);
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

  /** A stall counts from here: when the next beat was due, or when the hub ran again. */
  private start({ beat }: Loop): bigint {
    return (beat > this.since ? beat : this.since) + INTERVAL;
  }
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
