import type { Point } from './wire.ts';

/** The times of the last ticks. New ticks replace the oldest. */
export class Timeline {
  readonly length: number;
  /** Seconds between two ticks. */
  readonly interval: number;
  private readonly times: Float64Array;
  private ticks = 0;

  constructor(length: number, interval: number) {
    this.length = length;
    this.interval = interval;
    this.times = new Float64Array(length);
  }

  /** Begins a tick. Points that are put into histories from now on belong to it. */
  tick(time: number): void {
    this.times[this.ticks % this.length] = time;
    this.ticks++;
  }

  /** The number of the current tick, from 1; 0 before the first. */
  get current(): number {
    return this.ticks;
  }

  /** The first remembered tick after this time; the next tick if there is none. */
  after(time: number): number {
    let tick = this.oldest;
    while (tick <= this.ticks && this.timeOf(tick) <= time) tick++;
    return tick;
  }

  get oldest(): number {
    return Math.max(1, this.ticks - this.length + 1);
  }

  timeOf(tick: number): number {
    return this.times[(tick - 1) % this.length]!;
  }

  timesFrom(tick: number): number[] {
    return range(Math.max(tick, this.oldest), this.ticks).map((each) => this.timeOf(each));
  }
}

/** The points of the last ticks. It may be shorter than its timeline. */
export class History {
  private readonly timeline: Timeline;
  private readonly values: Float64Array;
  /** The tick of the last call of {@link put}. */
  private last: number;

  constructor(timeline: Timeline, length: number = timeline.length) {
    this.timeline = timeline;
    this.values = new Float64Array(length).fill(Number.NaN);
    this.last = timeline.current - 1;
  }

  /** Sets the point of the current tick. Ticks without a call have no point. */
  put(value: number | undefined): void {
    const { current } = this.timeline;
    const { length } = this.values;
    for (let tick = Math.max(this.last + 1, current - length + 1); tick <= current; tick++) {
      this.values[tick % length] = Number.NaN;
    }
    this.values[current % length] = value ?? Number.NaN;
    this.last = current;
  }

  /** Ticks since the last call of {@link put}. */
  get age(): number {
    return this.timeline.current - this.last;
  }

  /** One point for each remembered tick from this one on. */
  from(tick: number): Point[] {
    const { current, oldest } = this.timeline;
    return range(Math.max(tick, oldest), current).map((each) => this.at(each));
  }

  /** Like {@link from}, but for at most as many ticks as the history has. */
  recent(tick: number): Point[] {
    return this.from(Math.max(tick, this.timeline.current - this.values.length + 1));
  }

  private at(tick: number): Point {
    const { length } = this.values;
    if (tick > this.last || tick <= this.timeline.current - length) return null;
    return shortened(this.values[tick % length]!);
  }
}

/** A line shows less than six digits. */
function shortened(value: number): Point {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
