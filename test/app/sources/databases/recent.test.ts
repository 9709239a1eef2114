import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../../src/app/sources/databases/recent.ts';

test('an entry in frequent use stays in the cache, however many others pass through', () => {
  const recent = new Recent<number, string>(10);
  recent.set(-1, 'kept');
  for (let key = 0; key < 1000; key++) {
    recent.set(key, 'passing');
    if (key % 5 === 0) assert.equal(recent.get(-1), 'kept');
  }
});

test('the cache keeps the last entries, and drops an entry after twice its size of others', () => {
  const recent = new Recent<number, string>(10);
  for (let key = 0; key < 30; key++) recent.set(key, 'passing');
  for (let key = 20; key < 30; key++) assert.equal(recent.get(key), 'passing');
  for (let key = 0; key < 10; key++) assert.equal(recent.get(key), undefined);
});
