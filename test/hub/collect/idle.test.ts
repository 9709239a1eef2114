import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { Recorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';
import { RecorderSource } from '../../../src/hub/collect/recorder-source.ts';
import { metricNamed, valuesOf } from '../../app/record/helpers/points.ts';
import { ReadingHub } from '../../app/record/helpers/reading-hub.ts';

function start(t: TestContext, options: RecorderOptions) {
  t.mock.timers.enable({ apis: ['Date'], now: 10_000 });
  const recorder = new Recorder();
  recorder.configure(options);
  const hub = new ReadingHub(recorder);
  /** The metrics after so many seconds with one collection each. */
  const after = (seconds: number, everySecond: () => void = () => {}): ScopeMetrics[] => {
    let scopes = hub.collect();
    for (let i = 0; i < seconds; i++) {
      t.mock.timers.tick(1000);
      everySecond();
      scopes = hub.collect();
      hub.deliver();
    }
    return scopes;
  };
  return { recorder, meter: recorder.getMeter('test'), hub, after };
}

test('a series that nothing is recorded into expires after its time, and its start is new when it comes back', (t) => {
  const { meter, after } = start(t, { seriesIdle: { c: 5000 } });
  const counter = meter.createCounter('c');
  counter.add(1, { id: 'idle' });
  counter.add(1, { id: 'busy' });
  const busy = () => counter.add(1, { id: 'busy' });
  assert.equal(valuesOf(after(5, busy), 'c').length, 2);
  assert.deepEqual(valuesOf(after(1, busy), 'c'), [[{ id: 'busy' }, 7]]);
  counter.add(3, { id: 'idle' });
  const [, again] = metricNamed(after(0), 'c').dataPoints;
  assert.deepEqual([again?.attributes, again?.startTime, again?.value], [{ id: 'idle' }, [16, 0], 3]);
});

test('by default nothing expires', (t) => {
  const { meter, after } = start(t, {});
  meter.createCounter('c').add(1);
  meter.createGauge('g').record(1);
  const scopes = after(100);
  assert.deepEqual(valuesOf(scopes, 'c'), [[{}, 1]]);
  assert.deepEqual(valuesOf(scopes, 'g'), [[{}, 1]]);
});

test('a time for all is for gauges, and for what goes up and down while it is at zero', (t) => {
  const { meter, after } = start(t, { seriesIdle: { '*': 3000 } });
  meter.createCounter('c').add(1);
  meter.createHistogram('h').record(1);
  meter.createGauge('g').record(1);
  const upDown = meter.createUpDownCounter('u');
  upDown.add(1, { id: 'open' });
  upDown.add(1, { id: 'closed' });
  upDown.add(-1, { id: 'closed' });
  const scopes = after(10);
  assert.deepEqual(
    scopes.flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name)),
    ['c', 'h', 'u'],
  );
  assert.deepEqual(valuesOf(scopes, 'u'), [[{ id: 'open' }, 1]]);
});

test('a pattern includes counters; the first that matches counts, and 0 keeps all', (t) => {
  const seriesIdle = { 'shop.kept': 0, 'shop.*': 2000, '*': 3000 };
  const { meter, after } = start(t, { seriesIdle });
  for (const name of ['shop.kept', 'shop.orders', 'other']) meter.createCounter(name).add(1);
  const advice = { limits: { seriesIdle: 4000 } };
  meter.createHistogram('advised', { advice }).record(1);
  meter.createHistogram('shop.advised', { advice: { ...advice, exponential: true } }).record(1);
  const names = (seconds: number) =>
    after(seconds).flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name));
  assert.deepEqual(names(3), ['shop.kept', 'other', 'advised']);
  assert.deepEqual(names(2), ['shop.kept', 'other']);
});

test('no time is shorter than who collects seldom needs', (t) => {
  const { meter, after } = start(t, { seriesIdle: { c: 1000 }, minIdle: 5000 });
  meter.createCounter('c').add(1);
  assert.equal(after(5).length, 1);
  assert.equal(after(1).length, 0);
});

test('a gauge that is set to the same value again and again is not idle', (t) => {
  const { meter, after } = start(t, { seriesIdle: { '*': 3000 } });
  const gauge = meter.createGauge('g').bind();
  gauge.record(1);
  assert.deepEqual(
    valuesOf(
      after(20, () => gauge.record(1)),
      'g',
    ),
    [[{}, 1]],
  );
});

test('a recording between the request and the removal keeps the series', (t) => {
  const { meter, hub } = start(t, { seriesIdle: { '*': 1000, h: 1000, c: 1000, e: 1000 } });
  const record = () => {
    meter.createCounter('c').add(1);
    meter.createGauge('g').record(1);
    meter.createHistogram('h').record(0);
    meter.createHistogram('e', { advice: { exponential: true } }).record(0);
  };
  record();
  hub.collect();
  t.mock.timers.tick(5000);
  assert.equal(hub.collect()[0]?.metrics.length, 4);
  record();
  hub.deliver();
  assert.equal(hub.collect()[0]?.metrics.length, 4);
});

test('observables do not expire while they are reported', async (t) => {
  const { recorder, meter, after } = start(t, { seriesIdle: { '*': 1000, o: 1000 } });
  meter.createObservableGauge('o').addCallback((result) => result.observe(1));
  await recorder.observe(100);
  assert.deepEqual(valuesOf(after(10), 'o'), [[{}, 1]]);
});

test('a hub and a recorder that talk over a port agree on what has expired, and its memory is used again', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 10_000 });
  const { port1: ours, port2: theirs } = new MessageChannel();
  t.after(() => ours.close());
  const recorder = new Recorder();
  recorder.configure({ seriesIdle: { c: 1000 } });
  const source = new RecorderSource(theirs, { observeTimeout: 100, mayExpire: () => true });
  ours.on('message', (request) => recorder.serve(request, (message) => ours.postMessage(message)));
  recorder.attach((message) => ours.postMessage(message));
  const counter = recorder.getMeter('test').createCounter('c');
  const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
  for (let round = 0; round < 10; round++) {
    for (let id = 0; id < 1000; id++) counter.add(1, { round, id });
    assert.equal(valuesOf(source.read(Date.now()), 'c').length, 1000);
    t.mock.timers.tick(2000);
    source.read(Date.now());
    for (let i = 0; i < 100 && source.registry.memory.used > 0; i++) await turn();
    await turn();
    assert.deepEqual(source.read(Date.now()), []);
  }
  // As much as the first thousand took.
  assert.equal(source.registry.memory.total, 32_768);
});

test('while nothing may expire an idle series stays, and goes soon after', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 10_000 });
  const { port1: ours, port2: theirs } = new MessageChannel();
  t.after(() => ours.close());
  const recorder = new Recorder();
  recorder.configure({ seriesIdle: { c: 1000 } });
  let isBehind = true;
  const source = new RecorderSource(theirs, { observeTimeout: 100, mayExpire: () => !isBehind });
  const requests: unknown[] = [];
  ours.on('message', (request) => requests.push(request));
  recorder.attach((message) => ours.postMessage(message));
  recorder.getMeter('test').createCounter('c').add(1);
  const read = () => {
    t.mock.timers.tick(2000);
    return valuesOf(source.read(Date.now()), 'c');
  };
  for (let i = 0; i < 3; i++) assert.deepEqual(read(), [[{}, 1]]);
  isBehind = false;
  for (let i = 0; i < 2; i++) read();
  while (requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(requests.length, 1, 'it is asked for once, and not before');
});
