import type { Attributes } from '@opentelemetry/api';

/** The values of one attribute, with the number of series that have each. */
type Counts = Map<unknown, number>;

/**
 * The attribute values of an instrument's series. A set of attributes with any other value belongs to no series: one
 * value shows it to an instrument at its limit, which need not compute an identity. (bench/cardinality.ts)
 */
export class AttributeValues {
  private readonly byName = new Map<string, Counts>();

  add(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      let counts = this.byName.get(name);
      if (counts === undefined) {
        counts = new Map();
        this.byName.set(name, counts);
      }
      const identity = identify(value);
      counts.set(identity, (counts.get(identity) ?? 0) + 1);
    }
  }

  /** Reverts {@link add} for a series that was removed. */
  remove(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      const counts = this.byName.get(name);
      const identity = identify(value);
      const count = counts?.get(identity);
      if (counts === undefined || count === undefined) continue;
      if (count > 1) counts.set(identity, count - 1);
      else counts.delete(identity);
      if (counts.size === 0) this.byName.delete(name);
    }
  }

  /** Whether no series has this value of this attribute. `false` for lists and maps, which it does not compare. */
  lacks(name: string, value: unknown): boolean {
    return isComparable(value) && this.byName.get(name)?.has(value) !== true;
  }

  /** The attribute with the most values, and their number; `undefined` when no series has an attribute. */
  mostVaried(): { readonly name: string; readonly values: number } | undefined {
    let most: { readonly name: string; readonly values: number } | undefined;
    for (const [name, { size: values }] of this.byName) {
      if (most === undefined || values > most.values) most = { name, values };
    }
    return most;
  }
}

/** Whether equal values are the same for a `Map`. */
function isComparable(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Lists and maps are told apart only for counting. */
function identify(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
