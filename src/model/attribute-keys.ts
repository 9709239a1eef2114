import type { Attributes } from '@opentelemetry/api';
import { canonicalize } from './attributes.ts';

/**
 * Caches the keys of attributes, see `canonicalize`, because they take long to compute. The attributes object is the
 * cache's key: sources keep one object for each series.
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
