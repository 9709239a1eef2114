import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { canonicalize } from '../../src/model/attributes.ts';

const value = fc.letrec<{ value: Attributes[string] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const attributes = fc.dictionary(fc.string(), value, {
  maxKeys: 4,
  noNullPrototype: true,
}) as fc.Arbitrary<Attributes>;

/** Equality as OpenTelemetry has it, in which 0 and -0 are one number. */
function isEqual(a: Attributes, b: Attributes): boolean {
  try {
    assert.deepEqual(withoutNegativeZero(a), withoutNegativeZero(b));
    return true;
  } catch {
    return false;
  }
}

function withoutNegativeZero(given: unknown): unknown {
  if (given === 0) return 0;
  if (typeof given !== 'object' || given === null || given instanceof Uint8Array) return given;
  if (Array.isArray(given)) return given.map(withoutNegativeZero);
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, withoutNegativeZero(item)]));
}

test('two sets of attributes have the same key exactly when they are equal', () => {
  fc.assert(
    fc.property(attributes, attributes, (a, b) => {
      assert.equal(canonicalize(a).key === canonicalize(b).key, isEqual(a, b));
    }),
    { numRuns: 2000 },
  );
});

test('the key does not depend on the order in which attributes are given', () => {
  fc.assert(
    fc.property(attributes, (given) => {
      const reversed = Object.fromEntries(Object.entries(given).reverse());
      assert.equal(canonicalize(reversed).key, canonicalize(given).key);
    }),
  );
});

test('the copy equals the original and is independent of it', () => {
  fc.assert(
    fc.property(attributes, (given) => {
      const { attributes: copy } = canonicalize(given);
      assert.deepEqual({ ...copy }, given);
      assert.ok(Object.isFrozen(copy));
    }),
  );
  const list = ['a'];
  const { attributes: copy } = canonicalize({ list });
  list.push('b');
  assert.deepEqual(copy.list, ['a']);
});

test('functions, symbols, bigints and cycles are left out by name, and undefined is as good as not given', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const given = { f: () => 1, s: Symbol('x'), b: 1n, cycle, u: undefined, kept: 'yes' };
  const { attributes, rejected, key } = canonicalize(given as unknown as Attributes);
  assert.deepEqual({ ...attributes }, { kept: 'yes' });
  assert.deepEqual(rejected, ['b', 'cycle', 'f', 's']);
  assert.equal(key, canonicalize({ kept: 'yes' }).key);
});
