import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../../../src/app/sources/databases/recent.ts';

test('what is used again and again is remembered, however much else comes by', () => {
  const recent = new Recent<number, string>(10);
  recent.set(-1, 'kept');
  for (let key = 0; key < 1000; key++) {
    recent.set(key, 'passing');
    if (key % 5 === 0) assert.equal(recent.get(-1), 'kept');
  }
});

test('the last of all are remembered, and what has not been used for twice the size is forgotten', () => {
  const recent = new Recent<number, string>(10);
  for (let key = 0; key < 30; key++) recent.set(key, 'passing');
  for (let key = 20; key < 30; key++) assert.equal(recent.get(key), 'passing');
  for (let key = 0; key < 10; key++) assert.equal(recent.get(key), undefined);
});
