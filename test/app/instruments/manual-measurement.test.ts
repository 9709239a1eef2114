import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isMeasuredManually,
  measureManually,
  preserveContext,
  preserveContextOn,
  trackManualMeasurements,
} from '../../../src/app/instruments/manual-measurement.ts';

test('until an automatic source tracks manual measurements, work just runs', () => {
  assert.equal(
    measureManually('redis', () => isMeasuredManually('redis')),
    false,
  );
  trackManualMeasurements();
  trackManualMeasurements();
});

test('a manual measurement covers its own operations, for its system', async () => {
  await measureManually('redis', async () => {
    await pause(1);
    assert.equal(isMeasuredManually('redis'), true);
    assert.equal(isMeasuredManually('mysql'), false);
    measureManually('mysql', () => assert.equal(isMeasuredManually('redis'), false));
  });
  assert.equal(isMeasuredManually('redis'), false);
  assert.equal(
    measureManually(undefined, () => isMeasuredManually('redis')),
    false,
  );
});

test('a callback belongs to where it was given, wherever it is called from', () => {
  const here = preserveContext((what: string) => `${what}: ${isMeasuredManually('redis')}`);
  const there = measureManually('redis', () =>
    preserveContext((what: string) => `${what}: ${isMeasuredManually('redis')}`),
  );
  assert.equal(there('outside'), 'outside: true');
  measureManually('redis', () => assert.equal(here('inside'), 'inside: false'));
});

test('the callbacks of a channel likewise, for as long as that is wanted', () => {
  const channel = tracingChannel<unknown, object>('test:pool');
  const waiting: (() => void)[] = [];
  const seen: boolean[] = [];
  const ask = () => {
    const wait = (callback: () => void) => void waiting.push(callback);
    channel.traceCallback(wait, 0, {}, undefined, () => void seen.push(isMeasuredManually('mysql')));
  };
  const stop = preserveContextOn(channel);
  measureManually('mysql', ask);
  ask();
  measureManually('mysql', () => {
    for (const callback of waiting.splice(0)) callback();
  });
  assert.deepEqual(seen, [true, false]);
  stop();
  measureManually('mysql', ask);
  for (const callback of waiting.splice(0)) callback();
  assert.deepEqual(seen, [true, false, false]);
});
