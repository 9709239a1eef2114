import assert from 'node:assert/strict';
import { Module } from 'node:module';
import { test } from 'node:test';
import { stopWatchingModules, watchModules, whenRun } from '../../../src/app/foreign/commonjs-modules.ts';

test('this Node.js publishes the creation of each CommonJS module, and its end', () => {
  const seen: unknown[] = [];
  const isWatching = watchModules((module) => {
    seen.push(module.id);
    whenRun(module, () => seen.push(module.exports));
  });
  assert.equal(isWatching, true);
  const module = new Module('made');
  module.exports = { name: 'made' };
  assert.deepEqual(seen, ['made']);
  module.loaded = true;
  assert.equal(module.exports.name, 'made');
  assert.deepEqual(seen, ['made', { name: 'made' }]);
  stopWatchingModules();
  new Module('unseen');
  assert.equal(seen.length, 2);
  assert.equal(Object.hasOwn(Module.prototype, 'loaded'), false);
});

test('a Node.js that defines the property is recognised, and one that assigns it too', (t) => {
  // Stands for a constructor whose assignment does not reach the prototype.
  const define = Object.defineProperty;
  t.mock.method(Object, 'defineProperty', (target: object, key: PropertyKey, descriptor: object) =>
    target === Module.prototype ? target : define(target, key, descriptor),
  );
  assert.equal(
    watchModules(() => assert.fail('nothing is watched')),
    false,
  );
});
