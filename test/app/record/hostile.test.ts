import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Attributes, type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { diag } from '../../../src/base/diag.ts';
import {
  hostileFunction,
  hostileProxy,
  hostileThrows,
  throwingGetter,
} from '../../base/helpers/hostile-values.ts';
import { readerOf } from './helpers/collect.ts';
import { valuesOf } from './helpers/points.ts';
import { warningsOf } from './helpers/warnings.ts';

/** Anything that JavaScript may pass where a plain object belongs. */
function hostileObjects(): unknown[] {
  const circular: Record<string, unknown> = {};
  circular.circular = circular;
  return [
    ...hostileThrows(),
    throwingGetter('unit'),
    throwingGetter('advice'),
    throwingGetter('schemaUrl'),
    throwingGetter('route'),
    circular,
    { nested: circular, list: [hostileProxy()] },
    { attribute: hostileProxy() },
    { attribute: hostileFunction() },
    { advice: hostileProxy() },
    { advice: { explicitBucketBoundaries: hostileProxy() } },
    { advice: { explicitBucketBoundaries: [Symbol('s')] } },
    { advice: { limits: { attributes: { a: hostileProxy() }, redact: { a: throwingGetter('alias') } } } },
    { advice: { limits: throwingGetter('merge') } },
    [hostileProxy()],
    new Map([[hostileProxy(), 1]]),
  ];
}

function* withoutEnd(): Generator<number> {
  for (;;) yield 1;
}

/** The hostile objects by their indexes: fast-check looks into the values that it makes. */
const hostile = fc.nat(hostileObjects().length - 1);

// The recorder's wait for a callback keeps no process alive, and Node.js 22 ends a test that only waits for it.
const alive = setInterval(() => {}, 1000);
after(() => clearInterval(alive));

test('no call throws into the application, whatever is passed', async (t) => {
  warningsOf(t);
  const step = fc.record({
    name: fc.option(hostile),
    options: hostile,
    attributes: hostile,
    value: fc.option(hostile),
    context: hostile,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const recorder = new Recorder();
      recorder.configure({ exemplarFilter: 'always_on', seriesLimit: 5 });
      const read = readerOf(recorder);
      for (const given of steps) {
        const objects = hostileObjects();
        const name = (given.name === null ? 'x' : objects[given.name]) as string;
        const value = (given.value === null ? 1 : objects[given.value]) as number;
        const options = objects[given.options] as object;
        const attributes = objects[given.attributes] as Attributes;
        const context = objects[given.context] as Context;
        const meter = recorder.getMeter(name, name, options);
        const counter = meter.createCounter(name, options);
        const upDownCounter = meter.createUpDownCounter(name, options);
        const histogram = meter.createHistogram(name, options);
        const gauge = meter.createGauge(name, options);
        counter.add(value, attributes, context);
        counter.bind(attributes).add(value, context);
        upDownCounter.add(value, attributes, context);
        upDownCounter.bind(attributes).add(value, context);
        histogram.record(value, attributes, context);
        histogram.bind(attributes).record(value, context);
        gauge.record(value, attributes, context);
        for (const instrument of [counter, upDownCounter, histogram, gauge]) {
          instrument.remove(attributes);
          instrument.bind(attributes).remove();
          instrument.reserve(name, attributes as never);
        }
        const observable = meter.createObservableGauge(name, options);
        observable.addCallback(options as never);
        observable.addCallback((result) => result.observe(value, attributes));
        observable.addCallback(() => {
          throw value;
        });
        observable.addCallback(async () => {
          throw attributes;
        });
        // biome-ignore lint/suspicious/noThenProperty: what an application may return
        observable.addCallback(() => ({ then: options }) as never);
        meter.addBatchObservableCallback(options as never, [observable, attributes as never]);
        meter.addBatchObservableCallback(
          (result) => result.observe(attributes as never, value),
          attributes as never,
        );
        meter.removeBatchObservableCallback(options as never, attributes as never);
        observable.removeCallback(options as never);
      }
      const errors = await recorder.observe(10);
      for (const error of errors) assert.match(error, /^[^\n]+$/);
      await read();
    }),
    { numRuns: 200 },
  );
});

test('reserving values without an end comes back', () => {
  const meter = new Recorder().getMeter('test');
  const instruments = [
    meter.createCounter('counter'),
    meter.createUpDownCounter('upDownCounter'),
    meter.createHistogram('histogram'),
    meter.createGauge('gauge'),
  ];
  for (const instrument of instruments) instrument.reserve('x', withoutEnd());
});

test('a recording with attributes that cannot be read counts without them, with one warning', async (t) => {
  const warnings = warningsOf(t);
  const recorder = new Recorder();
  const read = readerOf(recorder);
  const counter = recorder.getMeter('test').createCounter('c');
  for (let i = 0; i < 3; i++) {
    counter.add(1, hostileProxy() as Attributes);
    counter.bind(throwingGetter('route') as Attributes).add(1);
  }
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 6]]);
  assert.deepEqual(warnings, [
    "pitot: instrument 'c' was given attributes that cannot be read (a trap); it records without them. Pass a plain object.",
  ]);
});

test('a getter that answers differently each time leads no other attributes to its series', async () => {
  const recorder = new Recorder();
  const read = readerOf(recorder);
  const counter = recorder.getMeter('test').createCounter('c');
  let reads = 0;
  const fickle = Object.defineProperty({}, 'x', { enumerable: true, get: () => `answer ${reads++}` });
  for (let i = 0; i < 50; i++) counter.add(1, fickle);
  for (let i = 0; i < 200; i++) counter.add(1, { x: `answer ${i}` });
  for (const [attributes, value] of valuesOf(await read(), 'c')) {
    assert.ok(typeof value === 'number' && value <= 2, JSON.stringify([attributes, value]));
  }
});

test('a logger that throws does not throw into the application', (t) => {
  const fail = () => {
    throw new Error('the logger fails');
  };
  diag.setLogger({ error: fail, warn: fail, info: fail, debug: fail, verbose: fail });
  t.after(() => diag.disable());
  const meter = new Recorder().getMeter('test');
  meter.createCounter('0 is no name').add(-1);
  meter.createHistogram('h', { advice: { explicitBucketBoundaries: [Number.NaN] } }).record(Number.NaN);
});

test('a span whose context throws costs the exemplar and nothing else', async (t) => {
  warningsOf(t);
  const recorder = new Recorder();
  recorder.configure({ exemplarFilter: 'always_on' });
  const read = readerOf(recorder);
  const span = { spanContext: () => hostileProxy() } as unknown as Span;
  recorder.getMeter('test').createCounter('c').add(1, {}, trace.setSpan(ROOT_CONTEXT, span));
  assert.deepEqual(valuesOf(await read(), 'c'), [[{}, 1]]);
});
