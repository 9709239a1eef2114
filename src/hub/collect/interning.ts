import type { Attributes } from '@opentelemetry/api';

/** Values that are kept; then the pool starts anew. */
const MAX_VALUES = 10_000;

/**
 * Gives equal texts in the attributes of series one string. Each message from a recorder brings strings of its own,
 * and most values are those of many series. (bench/memory.ts)
 */
export class ValuePool {
  private readonly values = new Map<string, string>();

  /** Replaces the values of the given attributes. */
  intern(attributes: Attributes): void {
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      if (typeof value === 'string') attributes[key] = this.only(value);
    }
  }

  private only(value: string): string {
    const known = this.values.get(value);
    if (known !== undefined) return known;
    if (this.values.size >= MAX_VALUES) this.values.clear();
    this.values.set(value, value);
    return value;
  }
}
