import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { ValuePool } from '../../../src/hub/collect/interning.ts';

test('a pool leaves attributes equal to what they were, whatever their values are, and however many there are', () => {
  const pool = new ValuePool();
  for (let i = 0; i < 25_000; i++) {
    const given = (): Attributes => ({ id: `${i % 20_000}`, n: i, list: ['a', `${i}`], ['__proto__']: 'p' });
    const attributes = given();
    pool.intern(attributes);
    assert.deepEqual(attributes, given());
  }
});
