import type { Attributes } from '@opentelemetry/api';
import { canonicalize } from './attributes.ts';

/**
 * Remembers the keys of attributes, see `canonicalize`, which take long to compute. It remembers them by the attributes
 * object: sources keep one object for each series.
 */
export class AttributeKeys {
  private readonly keys = new WeakMap<Attributes, string>();

  of(attributes: Attributes): string {
    let key = this.keys.get(attributes);
    if (key === undefined) {
      key = canonicalize(attributes).key;
      this.keys.set(attributes, key);
    }
    return key;
  }
}
