import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { runtimeNode } from '../../../src/app/sources/runtime-node.ts';
import { until } from '../../harness/until.ts';
import { readerOf } from '../record/helpers/collect.ts';
import { warningsOf } from '../record/helpers/warnings.ts';
import { startMeasuredApp } from './helpers/measured-app.ts';

test('event loop, garbage collection and heap are measured', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'garbage.mjs', enabled: ['runtime-node'] });
  const wanted = [
    's nodejs.eventloop.delay.max',
    's nodejs.eventloop.delay.mean',
    's nodejs.eventloop.delay.min',
    's nodejs.eventloop.delay.p50',
    's nodejs.eventloop.delay.p90',
    's nodejs.eventloop.delay.p99',
    's nodejs.eventloop.delay.stddev',
    's nodejs.eventloop.time',
    '1 nodejs.eventloop.utilization',
    's v8js.gc.duration',
    'By v8js.memory.heap.space.available_size',
    'By v8js.memory.heap.space.physical_size',
    'By v8js.memory.heap.space.size',
    'By v8js.memory.heap.used',
    '{resource} v8js.resource.active',
  ];
  // Delays are reported once the loop has turned a few times since they were last asked for, and the first collection of
  // garbage may be of another kind.
  const metrics = await until(
    async () => {
      const collected = await measured.collect();
      const recorded = collected.filter(({ dataPoints }) => dataPoints.length > 0);
      const collections = recorded.find(
        ({ descriptor }) => descriptor.name === 'v8js.gc.duration',
      )?.dataPoints;
      const hasMinor = collections?.some(({ attributes }) => attributes['v8js.gc.type'] === 'minor') === true;
      return hasMinor && recorded.length >= wanted.length ? recorded : undefined;
    },
    { what: `${wanted.length} metrics of the runtime, with a minor collection of garbage` },
  );
  const names = metrics.map(({ descriptor: { name, unit } }) => `${unit} ${name}`);
  assert.deepEqual(names.toSorted(), wanted.toSorted());

  const sizes = metrics.filter(({ descriptor }) => descriptor.name.startsWith('v8js.memory.heap.'));
  for (const size of sizes) {
    assert.equal(size.dataPointType, DataPointType.SUM, `${size.descriptor.name} is an up-down counter`);
    assert.equal(size.dataPointType === DataPointType.SUM && size.isMonotonic, false);
  }
  const spaces = metrics.find(({ descriptor }) => descriptor.name === 'v8js.memory.heap.used')?.dataPoints;
  assert.ok(spaces?.some(({ attributes }) => attributes['v8js.heap.space.name'] === 'old_space'));
});

test('every collection has the delay of the event loop, however soon it follows another', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'garbage.mjs', enabled: ['runtime-node'] });
  const delays = async () => {
    const all = await measured.collect();
    return all.filter(({ descriptor }) => descriptor.name.startsWith('nodejs.eventloop.delay.'));
  };
  const first = await until(
    async () => {
      const found = await delays();
      return found.some(({ dataPoints }) => dataPoints.length > 0) ? found : undefined;
    },
    { what: 'the first delays' },
  );
  assert.equal(first.length, 7);
  for (let i = 0; i < 5; i++) {
    for (const { dataPoints } of await delays()) assert.equal(dataPoints.length, 1);
  }
});

test('an application without work left ends, measured or not', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'nothing.mjs' });
  assert.deepEqual(await measured.child.ended(), { code: 0, signal: null });
});

/** Seconds by which two readings of the clock may disagree about its origin. */
const ALIGNMENT = 1e-3;

test('a clock that a test replaces changes no time of the event loop, and nothing warns', async (t) => {
  const warnings = warningsOf(t);
  const recorder = new Recorder();
  const read = readerOf(recorder);
  t.after(runtimeNode({ hasPromClientNames: false }).start(recorder));
  const loop = async () => {
    const metrics = (await read()).flatMap((each) => each.metrics);
    const values = ['time', 'utilization'].flatMap((name) => {
      const found = metrics.find(({ descriptor }) => descriptor.name === `nodejs.eventloop.${name}`);
      return found?.dataPoints.map(({ value }) => Number(value)) ?? [];
    });
    assert.equal(values.length, 3);
    return { active: values[0]!, idle: values[1]!, utilization: values[2]! };
  };
  const before = performance.eventLoopUtilization();
  const real = await loop();
  const after = performance.eventLoopUtilization();
  for (const state of ['active', 'idle'] as const) {
    const isBetween =
      real[state] >= before[state] / 1000 - ALIGNMENT && real[state] <= after[state] / 1000 + ALIGNMENT;
    assert.ok(isBetween, `${state}: ${real[state]}`);
  }
  t.mock.method(process, 'hrtime', Object.assign(() => [0, 0], { bigint: () => 0n }) as never);
  await setTimeout(20);
  const faked = await loop();
  assert.ok(faked.active >= real.active && faked.idle > real.idle, JSON.stringify({ real, faked }));
  assert.ok(faked.utilization >= 0 && faked.utilization <= 1, JSON.stringify(faked));
  assert.deepEqual(warnings, []);
});
