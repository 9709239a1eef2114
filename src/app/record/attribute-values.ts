import type { Attributes } from '@opentelemetry/api';

/** Values of one attribute, and in how many series each is. */
type Counts = Map<unknown, number>;

/**
 * The values that the attributes of an instrument's series have. What has any other value belongs to no
 * series: an instrument that has reached its limit can tell so from one value, without computing who a set
 * of attributes is. (bench/cardinality.ts)
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

  /** Takes back what was added for a series that has been removed. */
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

  /** Whether no series has this value of this attribute. `false` when it cannot be told at once. */
  lack(name: string, value: unknown): boolean {
    return isTold(value) && this.byName.get(name)?.has(value) !== true;
  }

  /** The attribute with the most values, and how many; `undefined` where no series has an attribute. */
  mostVaried(): { readonly name: string; readonly values: number } | undefined {
    let most: { readonly name: string; readonly values: number } | undefined;
    for (const [name, { size: values }] of this.byName) {
      if (most === undefined || values > most.values) most = { name, values };
    }
    return most;
  }
}

/** Whether a value, if it can be an attribute's, is the same whenever it is equal. */
function isTold(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Lists and maps only count here. */
function identify(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
