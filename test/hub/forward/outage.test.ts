import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import type { Answer } from '../../../src/hub/forward/forwarder.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { heapUsed } from '../../app/record/helpers/heap.ts';
import { exportNow, pushReader } from './helpers/reading.ts';
import { ACCEPTED, pointsOf, ScriptedForwarder, UNAVAILABLE } from './helpers/scripted-forwarder.ts';

const SERIES = 500;
/** Ten minutes, at an export a second. */
const EXPORTS = 600;

for (const temporality of ['cumulative', 'delta'] as const) {
  test(`${temporality}: memory stays flat over ${EXPORTS} failed exports, and nothing is missing afterwards`, async () => {
    const recorder = new Recorder();
    const counter = recorder.getMeter('test').createCounter('c');
    let isBack = false;
    let size = 0;
    const sums = new Map<string, number>();
    const receive = (request: Uint8Array): Answer => {
      size = Math.max(size, request.length);
      if (!isBack) return UNAVAILABLE;
      for (const { id, value } of pointsOf(request)) {
        sums.set(id, Number(value) + (temporality === 'delta' ? (sums.get(id) ?? 0) : 0));
      }
      return ACCEPTED;
    };
    const forwarder = new ScriptedForwarder(temporality, receive);
    const producer = new TemporalityProducer(producerOf(recorder), forwarder.selectTemporality);
    const log = { unsettled: undefined, write: () => {}, settle: () => {} };
    const reader = pushReader({ forwarder, producer, log: temporality === 'delta' ? log : undefined });

    let settled = 0;
    for (let i = 0; i < EXPORTS; i++) {
      for (let id = 0; id < SERIES; id++) counter.add(1, { id });
      assert.equal(await exportNow(reader), false);
      if (i === EXPORTS / 10) settled = heapUsed();
    }
    const grown = heapUsed() - settled;
    assert.ok(
      grown < (EXPORTS / 10) * size,
      `the heap has grown by ${grown} bytes, with requests of ${size}`,
    );

    isBack = true;
    assert.equal(await exportNow(reader), true);
    assert.deepEqual(new Set(sums.values()), new Set([EXPORTS]));
    assert.equal(sums.size, SERIES);
  });
}
