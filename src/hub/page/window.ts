import { Buckets, countAbove, type Distribution, quantile, sumOfDistributions } from './distribution.ts';
import type { Point, Quantile, Recent } from './wire.ts';

/** The increase of some series in one tick. */
export interface Added {
  readonly count: number;
  readonly failed: number;
  readonly clientErrors: number;
  /** The sum of a histogram's values. */
  readonly sum: number;
  readonly distribution: Distribution | undefined;
}

const UNKNOWN: Quantile = { value: null };

/** The increases of the last ticks together. */
export class Window {
  private readonly ticks: (Added | undefined)[];
  private readonly buckets = new Buckets();
  private next = 0;
  private count = 0;
  private failed = 0;
  private clientErrors = 0;

  /** @param length in ticks */
  constructor(length: number) {
    this.ticks = new Array<Added | undefined>(length).fill(undefined);
  }

  push(added: Added | undefined): void {
    const slot = this.next++ % this.ticks.length;
    this.account(this.ticks[slot], -1);
    this.account(added, 1);
    this.ticks[slot] = added;
  }

  /** Ticks that it knows, at most its length. */
  get age(): number {
    return Math.min(this.next, this.ticks.length);
  }

  /** Adds the ticks of another window of the same length. The last tick of both is the same one. */
  absorb(other: Window): void {
    const { length } = this.ticks;
    for (let back = 1; back <= length; back++) {
      const added = other.ticks[slotOf(other.next - back, length)];
      const slot = slotOf(this.next - back, length);
      this.account(added, 1);
      this.ticks[slot] = sumOf(this.ticks[slot], added);
    }
  }

  /** @param seconds how long the ticks took; undefined while that is unknown */
  view(seconds: number | undefined): Recent {
    const { count, failed, clientErrors } = this;
    const all = count > 0 ? this.buckets.distribution() : undefined;
    const at = (q: number): Quantile => (all && quantile(q, all)) ?? UNKNOWN;
    return {
      rate: seconds === undefined ? null : count / seconds,
      errors: count === 0 ? null : failed / count,
      clientErrors: count === 0 ? null : clientErrors / count,
      mean: count === 0 ? null : this.sum() / count,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
    };
  }

  /** The share of the values above this one; null without values. */
  shareAbove(value: number): Point {
    return this.count === 0 ? null : countAbove(value, this.buckets.distribution()) / this.count;
  }

  /** Not a running sum, which would keep the rounding errors of values that have left the window. */
  private sum(): number {
    return this.ticks.reduce((total, added) => total + (added?.sum ?? 0), 0);
  }

  private account(added: Added | undefined, sign: 1 | -1): void {
    if (added === undefined) return;
    this.count += sign * added.count;
    this.failed += sign * added.failed;
    this.clientErrors += sign * added.clientErrors;
    if (added.distribution !== undefined) this.buckets.add(added.distribution, sign);
  }
}

function slotOf(tick: number, length: number): number {
  return (tick + length) % length;
}

function sumOf(a: Added | undefined, b: Added | undefined): Added | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    count: a.count + b.count,
    failed: a.failed + b.failed,
    clientErrors: a.clientErrors + b.clientErrors,
    sum: a.sum + b.sum,
    distribution: sumOfDistributions([a, b].flatMap(({ distribution }) => distribution ?? [])),
  };
}

/** How long the last ticks took. */
export class Elapsed {
  private readonly length: number;
  private readonly seconds: number[] = [];

  constructor(length: number) {
    this.length = length;
  }

  push(seconds: number | undefined): void {
    if (seconds === undefined) return;
    this.seconds.push(seconds);
    if (this.seconds.length > this.length) this.seconds.shift();
  }

  get total(): number | undefined {
    return this.last(this.length);
  }

  /** Seconds that so many last ticks took; undefined before the second tick. */
  last(ticks: number): number | undefined {
    const seconds = this.seconds.slice(-ticks);
    return seconds.length === 0 ? undefined : seconds.reduce((sum, each) => sum + each, 0);
  }
}
