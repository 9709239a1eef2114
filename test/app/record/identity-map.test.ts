import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { hashOf, IdentityMap } from '../../../src/app/record/identity-map.ts';
import { canonicalize } from '../../../src/model/attributes.ts';

/** @param hash in place of the identity's own */
function item(given: Attributes, hash?: number) {
  const { attributes, key } = canonicalize(given);
  return { attributes, hash: hash ?? hashOf(key) };
}

test('items are found by equal attributes in any order, and by no others', () => {
  const map = new IdentityMap<ReturnType<typeof item>>();
  const own = item({ a: 1, b: 'x', list: ['y', 2] });
  map.add(own);
  assert.equal(map.get(item({ list: ['y', 2], b: 'x', a: 1 })), own);
  for (const other of [
    { a: '1', b: 'x', list: ['y', 2] },
    { a: 1, b: 'x' },
    { a: 1, b: 'x', list: ['y'] },
  ]) {
    assert.equal(map.get(item(other)), undefined);
  }
});

test('equal identities are those of canonicalize', () => {
  for (const [one, other] of [
    [{ a: Number.NaN }, { a: Number.NaN }],
    [{ a: 0 }, { a: -0 }],
    [{ a: 1, b: undefined }, { a: 1 }],
    [{ a: { x: 1, y: [true] } }, { a: { y: [true], x: 1 } }],
    [{ a: new Uint8Array([1, 2]) }, { a: new Uint8Array([1, 2]) }],
    [{ a: ['x', null, Number.NaN, [0]] }, { a: ['x', null, Number.NaN, [-0]] }],
  ] as [Attributes, Attributes][]) {
    const map = new IdentityMap<ReturnType<typeof item>>();
    map.add(item(one));
    assert.deepEqual(map.get(item(other)), item(one));
  }
});

test('items whose hashes collide stay apart, also after some of them were removed', () => {
  const map = new IdentityMap<ReturnType<typeof item>>();
  const items = Array.from({ length: 5 }, (_, i) => item({ i }, 7));
  for (const one of items) map.add(one);
  assert.equal(map.size, 5);
  // The first, one of those that came after it, and then the one that took the first one's place.
  for (const removed of [0, 3, 1]) {
    map.delete(items[removed]!);
    assert.equal(map.get(items[removed]!), undefined);
    const left = [...map.values()];
    assert.equal(left.length, map.size);
    for (const one of left) assert.equal(map.get(one), one);
  }
  assert.deepEqual(new Set(map.values()), new Set([items[2], items[4]]));
  assert.equal(map.size, 2);
  map.delete(items[0]!);
  assert.equal(map.size, 2);
});

test('whatever is added and removed, and wherever the hashes lie, the map has what a Map would have', () => {
  const step = fc.record({ id: fc.nat(60), isRemoved: fc.boolean() });
  fc.assert(
    // Hashes that are few, or near the end of the table.
    fc.property(
      fc.array(step, { maxLength: 300, size: 'max' }),
      fc.integer({ min: 1, max: 100 }),
      (steps, hashes) => {
        const map = new IdentityMap<ReturnType<typeof item>>();
        const model = new Map<number, ReturnType<typeof item>>();
        for (const { id, isRemoved } of steps) {
          const known = model.get(id);
          assert.equal(map.get(item({ id }, id % hashes)), known);
          if (known === undefined) {
            const added = item({ id }, id % hashes);
            map.add(added);
            model.set(id, added);
          } else if (isRemoved) {
            map.delete(known);
            model.delete(id);
          }
          assert.equal(map.size, model.size);
        }
        assert.deepEqual(new Set(map.values()), new Set(model.values()));
      },
    ),
  );
});
