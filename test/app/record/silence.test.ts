import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { ReadingHub } from './helpers/reading-hub.ts';

/** The values of all series, by instrument and scope. */
function collected(hub: ReadingHub): unknown {
  return hub
    .collect()
    .flatMap(({ scope, metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ value }) => `${scope.name} ${descriptor.name} ${value}`),
      ),
    )
    .sort();
}

for (const { when, before } of [
  { when: 'before they are created', before: true },
  { when: 'after they have recorded', before: false },
]) {
  test(`instruments of a scope that are silenced ${when} export nothing, and others do`, async () => {
    const recorder = new Recorder();
    const hub = new ReadingHub(recorder);
    const silence = () => recorder.silence('official', ['operations', 'pool.size']);
    const record = (scope: string) => {
      const meter = recorder.getMeter(scope);
      const bound = meter.createCounter('operations').bind({ kind: 'read' });
      meter.createCounter('other').add(1);
      meter.createObservableGauge('pool.size').addCallback((result) => result.observe(7));
      return () => bound.add(1);
    };
    if (before) silence();
    const adds = [record('official'), record('own')];
    for (const add of adds) add();
    await recorder.observe(100);
    silence();
    for (const add of adds) add();
    await recorder.observe(100);
    assert.deepEqual(collected(hub), [
      'official other 1',
      'own operations 2',
      'own other 1',
      'own pool.size 7',
    ]);
    const second = new ReadingHub(recorder);
    assert.deepEqual(collected(second), collected(hub));
  });
}
