import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedValues } from '../../src/base/bounded-values.ts';

test('whatever an attribute is given, it takes no more than 200 values, and keeps the first ones', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 4 }), { minLength: 250, maxLength: 500 }), (given) => {
      const values = new BoundedValues('some.attribute', /^\w*$/);
      const admitted = given.map((value) => values.admit(value));
      const kept = new Set(admitted.filter((value) => value !== '_OTHER'));
      const fitting = new Set(given.filter((value) => /^\w*$/.test(value) && value !== '_OTHER'));
      assert.deepEqual(kept, new Set([...fitting].slice(0, 200)));
      for (const [i, value] of admitted.entries()) assert.ok(value === given[i] || value === '_OTHER');
    }),
    { numRuns: 20 },
  );
});

test('a value that was admitted stays so when the attribute is full', () => {
  const values = new BoundedValues('some.attribute', /^\w+$/);
  for (let i = 0; i < 1000; i++) values.admit(`value${i}`);
  assert.equal(values.admit('value199'), 'value199');
  assert.equal(values.admit('value200'), '_OTHER');
});
