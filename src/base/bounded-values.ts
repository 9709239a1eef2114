import { warnOnce } from './safely.ts';

/** The semantic conventions' value for anything unknown. */
export const OTHER = '_OTHER';

/** Distinct values of one attribute in the lifetime of the process. */
const MAX_VALUES = 200;

/** The values so far, by attribute. Several parts of pitot may record the same attribute. */
const VALUES = new Map<string, Set<string>>();

/**
 * Protects the values of one attribute from unbounded growth by accident. A value of the wrong shape (a statement in
 * place of a table's name), and any new value after the first 200, becomes `_OTHER`, with one warning. All users of
 * the same attribute share the 200.
 */
export class BoundedValues {
  private readonly known: Set<string>;
  private readonly attribute: string;
  private readonly shape: RegExp;

  constructor(attribute: string, shape: RegExp) {
    this.attribute = attribute;
    this.shape = shape;
    this.known = VALUES.get(attribute) ?? new Set();
    VALUES.set(attribute, this.known);
  }

  /** The first candidate that is a string of the right shape, or `_OTHER`. */
  admit(...candidates: readonly unknown[]): string {
    const value = candidates.find((candidate) => this.fits(candidate));
    if (typeof value !== 'string') {
      this.warn('shape', `got a value that does not match ${this.shape}`);
      return OTHER;
    }
    if (this.known.has(value)) return value;
    if (this.known.size >= MAX_VALUES) {
      this.warn(
        'limit',
        `has had ${MAX_VALUES} values and takes no new one: is an id or a message among them?`,
      );
      return OTHER;
    }
    this.known.add(value);
    return value;
  }

  private fits(candidate: unknown): boolean {
    return typeof candidate === 'string' && (this.known.has(candidate) || this.shape.test(candidate));
  }

  private warn(reason: string, text: string): void {
    warnOnce(
      `${this.attribute} ${reason}`,
      `attribute ${this.attribute} ${text}; it is recorded as ${OTHER}.`,
    );
  }
}
