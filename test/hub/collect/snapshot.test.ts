import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { EXPONENTIAL_SEQUENCE, type SeriesDescription, WORDS_PER_CELL } from '../../../src/model/protocol.ts';

test('a series whose thread was ended in the middle of a rescale is left out, and no other', () => {
  const recorder = new Recorder();
  const histogram = recorder.getMeter('test').createHistogram('h', { advice: { exponential: true } });
  for (const id of ['a', 'b', 'c']) histogram.record(1, { id });
  const registry = new SeriesRegistry();
  const slabs: SharedArrayBuffer[] = [];
  const series: SeriesDescription[] = [];
  recorder.attach((message) => {
    if (message.type === 'slab') slabs.push(message.buffer);
    if (message.type === 'series') series.push(message.series);
    registry.apply(structuredClone(message));
  });
  const [, ended] = series;
  assert.ok(ended !== undefined);
  const words = new Int32Array(slabs[ended.slab] ?? new SharedArrayBuffer(0));
  Atomics.add(words, (ended.at + EXPONENTIAL_SEQUENCE) * WORDS_PER_CELL, 1);

  const [scope] = snapshot(registry);
  assert.deepEqual(
    scope?.metrics[0]?.dataPoints.map(({ attributes }) => attributes.id),
    ['a', 'c'],
  );
});

test('a snapshot has the time at which it was complete, so that no exemplar in it is later', () => {
  const recorder = new Recorder();
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(structuredClone(message)));
  const counter = recorder.getMeter('test').createCounter('c');
  counter.add(1);
  const clock = () => {
    // The snapshot lacks later recordings.
    counter.add(1);
    return 5000;
  };
  const [point] = snapshot(registry, { clock })[0]?.metrics[0]?.dataPoints ?? [];
  assert.deepEqual([point?.value, point?.endTime], [1, [5, 0]]);
});
