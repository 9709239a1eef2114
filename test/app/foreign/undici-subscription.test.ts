import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { isUndiciInstrumentationEnabled } from '../../../src/app/foreign/undici-subscription.ts';

const CREATED = 'undici:request:create';

test("this Node.js shows whether this version of undici's instrumentation listens", (t) => {
  const listener = () => {};
  subscribe(CREATED, listener);
  t.after(() => unsubscribe(CREATED, listener));
  assert.equal(isUndiciInstrumentationEnabled(), false);
  const instrumentation = new UndiciInstrumentation();
  t.after(() => instrumentation.disable());
  assert.equal(isUndiciInstrumentationEnabled(), true);
  instrumentation.disable();
  assert.equal(isUndiciInstrumentationEnabled(), false);
});

test('a channel that shows no listeners is taken for one that the instrumentation listens to', () => {
  assert.equal(isUndiciInstrumentationEnabled(), true);
});
