/** Which values an instrument records. JavaScript callers pass anything: nothing here throws. */
export class ValueCheck {
  private readonly isInteger: boolean;
  private readonly mayBeInfinite: boolean;
  private readonly warn: (fault: string, text: string) => void;

  /** @param warn warns once for each kind of fault */
  constructor(
    options: { readonly isInteger: boolean; readonly mayBeInfinite: boolean },
    warn: (fault: string, text: string) => void,
  ) {
    this.isInteger = options.isInteger;
    this.mayBeInfinite = options.mayBeInfinite;
    this.warn = warn;
  }

  /** The value to record, or `undefined` for one that the instrument ignores with a warning. */
  accept(value: unknown): number | undefined {
    // Good values first: this is on the way of up-down counters and gauges.
    if (typeof value === 'number' && Math.abs(value) <= Number.MAX_VALUE && !this.isInteger) return value;
    if (typeof value !== 'number' || Number.isNaN(value)) {
      const given = typeof value === 'number' ? 'NaN' : `a ${value === null ? 'null' : typeof value}`;
      this.warn('number', `was given ${given} instead of a number; it is ignored`);
      return undefined;
    }
    if (!Number.isFinite(value) && !this.mayBeInfinite) {
      this.warn('infinite', `was given ${value}, which no sum can recover from; it is ignored`);
      return undefined;
    }
    if (this.isInteger && !Number.isInteger(value)) {
      this.warn('integer', `counts integers and was given ${value}; the fraction is dropped`);
      return Number.isFinite(value) ? Math.trunc(value) : undefined;
    }
    return value;
  }

  /** As {@link accept}, for instruments that take no negative values. */
  acceptPositive(value: unknown): number | undefined {
    if (typeof value === 'number' && value < 0) {
      this.warn('negative', `takes no negative values and was given ${value}; it is ignored`);
      return undefined;
    }
    return this.accept(value);
  }
}
