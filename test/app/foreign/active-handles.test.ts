import assert from 'node:assert/strict';
import { stat, watch } from 'node:fs';
import { test } from 'node:test';
import { activeHandles, activeRequests } from '../../../src/app/foreign/active-handles.ts';

test('this version of Node.js tells which handles and requests are active', (t) => {
  const watcher = watch(import.meta.dirname);
  t.after(() => watcher.close());
  assert.ok(activeHandles()?.includes(watcher));
  const before = activeRequests()?.length ?? Number.NaN;
  stat(import.meta.filename, () => {});
  assert.equal(activeRequests()?.length, before + 1);
});
