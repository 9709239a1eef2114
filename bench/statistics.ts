/** What several measurements of one thing come to. Half of them are between the quartiles. */
export interface Spread {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** The one in the middle; of an even number, the upper of the two. */
export function median(numbers: readonly number[]): number {
  return spreadOf(numbers).median;
}

/** The measurements at a quarter, the half and three quarters of them; NaN without any. */
export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = numbers.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const at = (place: number) => sorted[place] ?? Number.NaN;
  return {
    lower: at(Math.floor(last / 4)),
    median: at(sorted.length >> 1),
    upper: at(Math.ceil((3 * last) / 4)),
  };
}

/** Whether the quartiles overlap, so that the measurements show no difference. */
export function overlap(a: Spread, b: Spread): boolean {
  return a.lower <= b.upper && b.lower <= a.upper;
}

/** `57 (51–63)`: the median and the quartiles. */
export function withQuartiles({ lower, median: middle, upper }: Spread, digits = 0): string {
  return `${middle.toFixed(digits)} (${lower.toFixed(digits)}–${upper.toFixed(digits)})`;
}

/** `3.1×`: how many times pitot's median a peer's is; `1.1× ≈` where the quartiles overlap. */
export function timesOf(own: Spread, peer: Spread): string {
  return `${(peer.median / own.median).toFixed(1)}×${overlap(own, peer) ? ' ≈' : ''}`;
}

/** The median, and for a peer its ratio to pitot's: `57 (3.1×)`. */
export function beside(own: Spread, one: Spread, digits = 0): string {
  const text = one.median.toFixed(digits);
  return own === one ? text : `${text} (${timesOf(own, one)})`;
}

/** Says what the mark means, below a table that may have it. */
export const MARK = '`≈`: the quartiles overlap, so that this run shows no difference.';
