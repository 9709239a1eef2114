import type { Attributes } from '@opentelemetry/api';
import { canonicalize } from './attributes.ts';

/**
 * The keys of attributes, see `canonicalize`, which are long to compute and asked for again and again. They are
 * remembered by the object, of which sources keep one for each series.
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
