import type { Attributes } from '@opentelemetry/api';
import { haveOneIdentity } from '../../model/attributes.ts';

/** An item that the map finds by the identity of its attributes. */
export interface Identified {
  /** Canonical. */
  readonly attributes: Attributes;
  /** The hash of the identity; see {@link hashOf}. */
  readonly hash: number;
}

const MIN_SLOTS = 8;

/**
 * Items by the identity of their attributes: a hash table with linear probing, at most three quarters full. It keeps a
 * hash of each identity in place of the text, which would take as many bytes as all values of the attributes together.
 * A `Map` of the hashes would take 29 to 57 bytes for each item in place of 11 to 16. (bench/memory.ts)
 */
export class IdentityMap<T extends Identified> {
  #slots: (T | undefined)[] = emptySlots(MIN_SLOTS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Every item, in no order. */
  *values(): Generator<T, void> {
    for (const item of this.#slots) if (item !== undefined) yield item;
  }

  get({ attributes, hash }: Identified): T | undefined {
    const slots = this.#slots;
    let slot = hash % slots.length;
    for (;;) {
      const item = slots[slot];
      if (item === undefined) return undefined;
      if (item.hash === hash && haveOneIdentity(item.attributes, attributes)) return item;
      slot = (slot + 1) % slots.length;
    }
  }

  /** Adds an item whose identity no other has. */
  add(item: T): void {
    this.#size++;
    if (this.#size > this.#slots.length * 0.75) {
      const items = [...this.values()];
      this.#slots = emptySlots(Math.ceil(this.#slots.length * 1.5));
      for (const one of items) this.#put(one);
    }
    this.#put(item);
  }

  delete(item: T): void {
    const slots = this.#slots;
    let slot = item.hash % slots.length;
    while (slots[slot] !== item) {
      if (slots[slot] === undefined) return;
      slot = (slot + 1) % slots.length;
    }
    slots[slot] = undefined;
    this.#size--;
    // An item that lies behind the gap may have to be before it.
    for (;;) {
      slot = (slot + 1) % slots.length;
      const next = slots[slot];
      if (next === undefined) return;
      slots[slot] = undefined;
      this.#put(next);
    }
  }

  #put(item: T): void {
    const slots = this.#slots;
    let slot = item.hash % slots.length;
    while (slots[slot] !== undefined) slot = (slot + 1) % slots.length;
    slots[slot] = item;
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}

/** Without it, clients could choose values whose hashes collide, and make every look-up a search. */
const SEED = Math.trunc(Math.random() * 2 ** 31);

/** 31 bits, which V8 stores without an object. (FNV-1a, over UTF-16) */
export function hashOf(identity: string): number {
  let hash = SEED;
  for (let i = 0; i < identity.length; i++) hash = Math.imul(hash ^ identity.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 1;
}
