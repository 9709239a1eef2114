/**
 * The growth rate of cumulative numbers between the last two turns. Turns come at a pace of their own, so that
 * every reader gets the same value at any time.
 */
export class Window {
  private readonly read: () => readonly number[];
  private readonly now: () => number;
  private values: readonly number[];
  private at: number;
  private growth: readonly number[] = [];

  /**
   * @param read returns the present numbers, always in the same order; NaN for one that cannot be read
   * @param now milliseconds of a monotonic clock
   */
  constructor(read: () => readonly number[], now: () => number) {
    this.read = read;
    this.now = now;
    this.values = read();
    this.at = now();
  }

  turn(): void {
    const values = this.read();
    const at = this.now();
    const seconds = (at - this.at) / 1000;
    this.growth = values.map((value, i) => (value - (this.values[i] ?? Number.NaN)) / seconds);
    this.values = values;
    this.at = at;
  }

  /** Growth per second of the number at `index`, 0 if it fell; NaN before the first turn. */
  rate(index: number): number {
    return Math.max(0, this.growth[index] ?? Number.NaN);
  }
}
