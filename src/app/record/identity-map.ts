import type { Attributes } from '@opentelemetry/api';
import { haveOneIdentity } from '../../model/attributes.ts';

/** What can be found by the identity of its attributes. */
export interface Identified {
  /** Canonical. */
  readonly attributes: Attributes;
  /** Of the identity; see {@link hashOf}. */
  readonly hash: number;
}

/**
 * Items by the identity of their attributes. It keeps a hash of each identity in place of the text, which would take
 * as many bytes as all values of the attributes together. (bench/memory.ts)
 */
export class IdentityMap<T extends Identified> {
  readonly #byHash = new Map<number, T>();
  /** Items whose hash another item has too: of 2,000 items, hardly ever one. */
  readonly #collided: T[] = [];

  get size(): number {
    return this.#byHash.size + this.#collided.length;
  }

  /** Every item, in order of addition unless hashes collide. */
  *values(): Generator<T, void> {
    yield* this.#byHash.values();
    yield* this.#collided;
  }

  get({ attributes, hash }: Identified): T | undefined {
    const first = this.#byHash.get(hash);
    if (first === undefined || haveOneIdentity(first.attributes, attributes)) return first;
    return this.#collided.find((one) => one.hash === hash && haveOneIdentity(one.attributes, attributes));
  }

  /** Adds an item whose identity no other has. */
  add(item: T): void {
    if (this.#byHash.has(item.hash)) this.#collided.push(item);
    else this.#byHash.set(item.hash, item);
  }

  delete(item: T): void {
    const { hash } = item;
    if (this.#byHash.get(hash) !== item) {
      const place = this.#collided.indexOf(item);
      if (place !== -1) this.#collided.splice(place, 1);
      return;
    }
    this.#byHash.delete(hash);
    const next = this.#collided.findIndex((one) => one.hash === hash);
    for (const one of next === -1 ? [] : this.#collided.splice(next, 1)) this.#byHash.set(hash, one);
  }
}

/** Without it, clients could choose values whose hashes collide, and make every look-up a search. */
const SEED = Math.trunc(Math.random() * 2 ** 31);

/** 31 bits, which V8 stores without an object. (FNV-1a, over UTF-16) */
export function hashOf(identity: string): number {
  let hash = SEED;
  for (let i = 0; i < identity.length; i++) hash = Math.imul(hash ^ identity.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 1;
}
