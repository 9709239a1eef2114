import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedValues } from '../../src/base/bounded-values.ts';

test('an attribute keeps its first 200 values and no others', () => {
  let run = 0;
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 4 }), { minLength: 250, maxLength: 500 }), (given) => {
      const values = new BoundedValues(`attribute.${run++}`, /^\w*$/);
      const admitted = given.map((value) => values.admit(value));
      const kept = new Set(admitted.filter((value) => value !== '_OTHER'));
      const fitting = new Set(given.filter((value) => /^\w*$/.test(value) && value !== '_OTHER'));
      assert.deepEqual(kept, new Set([...fitting].slice(0, 200)));
      for (const [i, value] of admitted.entries()) assert.ok(value === given[i] || value === '_OTHER');
    }),
    { numRuns: 20 },
  );
});

test('an attribute at its limit still accepts its known values', () => {
  const values = new BoundedValues('full.attribute', /^\w+$/);
  for (let i = 0; i < 1000; i++) values.admit(`value${i}`);
  assert.equal(values.admit('value199'), 'value199');
  assert.equal(values.admit('value200'), '_OTHER');
});

test('two parts that record the same attribute share its 200 values', () => {
  const one = new BoundedValues('shared.attribute', /^\w+$/);
  const other = new BoundedValues('shared.attribute', /^\w+$/);
  for (let i = 0; i < 150; i++) one.admit(`one${i}`);
  for (let i = 0; i < 150; i++) other.admit(`other${i}`);
  assert.equal(other.admit('one0'), 'one0');
  assert.equal(one.admit('other49'), 'other49');
  assert.equal(one.admit('other50'), '_OTHER');
  assert.equal(one.admit('new'), '_OTHER');
});
