import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  byHand,
  isByHand,
  noticeWorkByHand,
  staying,
  stayingOn,
} from '../../../src/app/instruments/by-hand.ts';

test('until somebody wants to know, work is merely done', () => {
  assert.equal(
    byHand('redis', () => isByHand('redis')),
    false,
  );
  noticeWorkByHand();
  noticeWorkByHand();
});

test('what an operation measured by hand does is told from what others do, for its system', async () => {
  await byHand('redis', async () => {
    await pause(1);
    assert.equal(isByHand('redis'), true);
    assert.equal(isByHand('mysql'), false);
    byHand('mysql', () => assert.equal(isByHand('redis'), false));
  });
  assert.equal(isByHand('redis'), false);
  assert.equal(
    byHand(undefined, () => isByHand('redis')),
    false,
  );
});

test('a callback belongs to where it was given, wherever it is called from', () => {
  const here = staying((what: string) => `${what}: ${isByHand('redis')}`);
  const there = byHand('redis', () => staying((what: string) => `${what}: ${isByHand('redis')}`));
  assert.equal(there('outside'), 'outside: true');
  byHand('redis', () => assert.equal(here('inside'), 'inside: false'));
});

test('the callbacks of a channel likewise, for as long as that is wanted', () => {
  const channel = tracingChannel<unknown, object>('test:pool');
  const waiting: (() => void)[] = [];
  const seen: boolean[] = [];
  const ask = () => {
    const wait = (callback: () => void) => void waiting.push(callback);
    channel.traceCallback(wait, 0, {}, undefined, () => void seen.push(isByHand('mysql')));
  };
  const stop = stayingOn(channel);
  byHand('mysql', ask);
  ask();
  byHand('mysql', () => {
    for (const callback of waiting.splice(0)) callback();
  });
  assert.deepEqual(seen, [true, false]);
  stop();
  byHand('mysql', ask);
  for (const callback of waiting.splice(0)) callback();
  assert.deepEqual(seen, [true, false, false]);
});
