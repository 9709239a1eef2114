import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';
import type { LimitsAdvice } from '../../../src/model/advice.ts';
import { canonicalize } from '../../../src/model/attributes.ts';
import { heapUsed } from './helpers/heap.ts';
import { histogramNamed, metricNamed, valuesOf } from './helpers/points.ts';
import { ReadingHub } from './helpers/reading-hub.ts';
import { warningsOf } from './helpers/warnings.ts';

const OVERFLOW = { 'otel.metric.overflow': true };

function start(options: RecorderOptions) {
  const recorder = new Recorder();
  recorder.configure(options);
  return { recorder, meter: recorder.getMeter('test'), hub: new ReadingHub(recorder) };
}

/** How many series an instrument has, overflow included, after more sets of attributes than it may have. */
function seriesAfter(options: RecorderOptions, name: string, advised?: number): number {
  const { meter, hub } = start(options);
  const advice = advised === undefined ? {} : { advice: { limits: { seriesLimit: advised } } };
  const counter = meter.createCounter(name, advice);
  for (let id = 0; id < 3000; id++) counter.add(1, { id });
  return metricNamed(hub.collect(), name).dataPoints.length;
}

test('the limit is 2000, that of the settings, that of the advice, or that of the name in the settings', () => {
  assert.equal(seriesAfter({}, 'c'), 2000);
  assert.equal(seriesAfter({ seriesLimit: 50 }, 'c'), 50);
  assert.equal(seriesAfter({ seriesLimit: 50 }, 'c', 60), 60);
  const seriesLimits = { 'http.server.*': 70, 'HTTP.*': 80 };
  assert.equal(seriesAfter({ seriesLimit: 50, seriesLimits }, 'http.server.requests', 60), 70);
  assert.equal(seriesAfter({ seriesLimits }, 'http.client.requests'), 80);
  assert.equal(seriesAfter({ seriesLimits }, 'shttp.client.requests'), 2000);
});

test('past the limit further attributes are counted in the overflow series, for ever and not for one collection', () => {
  const { meter, hub } = start({ seriesLimit: 4 });
  const counter = meter.createCounter('c');
  for (let id = 0; id < 100; id++) counter.add(1, { id });
  hub.collect();
  for (let id = 0; id < 100; id++) counter.add(1, { id });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [
    [{ id: 0 }, 2],
    [{ id: 1 }, 2],
    [{ id: 2 }, 2],
    [OVERFLOW, 194],
  ]);
});

test('settings that come late apply to instruments that are there, whose series stay', () => {
  const { recorder, meter, hub } = start({ seriesLimit: 3 });
  const counter = meter.createCounter('c');
  const record = () => {
    for (let id = 0; id < 10; id++) counter.add(1, { id });
    return metricNamed(hub.collect(), 'c').dataPoints.length;
  };
  assert.equal(record(), 3);
  recorder.configure({ seriesLimits: { c: 6 } });
  assert.equal(record(), 6);
  recorder.configure({ seriesLimits: { c: 2 } });
  assert.equal(record(), 6);
});

test('the warning names the instrument, the attribute with the most values, and what to set', (t) => {
  const warnings = warningsOf(t);
  const { meter } = start({ seriesLimit: 10 });
  const counter = meter.createCounter('shop.orders');
  for (let id = 0; id < 20; id++) counter.add(1, { method: id % 2 === 0 ? 'GET' : 'PUT', id, shop: 'x' });
  assert.deepEqual(warnings, [
    "pitot: instrument 'shop.orders' has reached its limit of 10 series; further sets of attributes count in its " +
      "series otel.metric.overflow=true. Its attribute 'id' has the most values, 9: give it fewer, or raise " +
      'the limit by PITOT_SERIES_LIMITS=shop.orders=…',
  ]);
});

test('series of declared values keep their place, even when junk came first', () => {
  const { meter, hub } = start({ seriesLimit: 5 });
  const attributes = { method: ['GET', 'PUT'], status: [200, 500], route: [] };
  const counter = meter.createCounter('c', { advice: { limits: { attributes } } });
  for (let id = 0; id < 100; id++) counter.add(1, { method: `JUNK ${id}`, status: 200 });
  for (let i = 0; i < 2; i++) {
    counter.add(1, { method: 'GET', status: 200 });
    counter.add(1, { status: 500, method: 'PUT' });
    counter.add(1, { method: 'GET' });
    // Undeclared values of an open attribute, and undeclared attributes, have no place of their own.
    counter.add(1, { method: 'GET', route: '/x' });
    counter.add(1, { method: 'GET', status: '200' });
    counter.add(1, { method: 'GET', tenant: 'x' });
  }
  assert.deepEqual(valuesOf(hub.collect(), 'c').slice(4), [
    [OVERFLOW, 96 + 6],
    [{ method: 'GET', status: 200 }, 2],
    [{ method: 'PUT', status: 500 }, 2],
    [{ method: 'GET' }, 2],
  ]);
});

test('values reserved later keep their place, as the routes that a router learns', () => {
  const { meter, hub } = start({ seriesLimit: 5 });
  const histogram = meter.createHistogram<{ route: string; status: number }>('h');
  histogram.reserve('status', [200, 404, 500]);
  for (let id = 0; id < 100; id++) histogram.record(1, { route: `/users/${id}`, status: 404 });
  histogram.record(1, { route: '/users/:id', status: 200 });
  histogram.reserve('route', ['/users/:id']);
  histogram.record(1, { route: '/users/:id', status: 200 });
  histogram.record(1, { status: 200, route: '/users/:id' });
  const counts = valuesOf(hub.collect(), 'h').map(([of, value]) => [of, (value as Histogram).count]);
  assert.deepEqual(counts.slice(4), [
    [OVERFLOW, 97],
    [{ route: '/users/:id', status: 200 }, 2],
  ]);
});

test('there are never more than twice as many series as the limit says, whatever is declared', () => {
  const { meter, hub } = start({ seriesLimit: 10 });
  const counter = meter.createCounter('c');
  counter.reserve('id', Array(1000).keys());
  for (let i = 0; i < 3; i++) for (let id = 0; id < 1000; id++) counter.add(1, { id });
  const points = valuesOf(hub.collect(), 'c');
  assert.equal(points.length, 20);
  assert.equal(
    points.reduce((sum, [, value]) => sum + Number(value), 0),
    3000,
  );
});

test('one instrument that is created twice follows the advice of both', () => {
  const { recorder, meter, hub } = start({ seriesLimit: 100 });
  const counter = meter.createCounter('c');
  recorder.getMeter('test').createCounter('c', { advice: { limits: { seriesLimit: 3 } } });
  recorder.getMeter('test').createCounter('c', { advice: { limits: { attributes: { id: [9] } } } });
  for (let id = 0; id < 10; id++) counter.add(1, { id });
  assert.deepEqual(
    valuesOf(hub.collect(), 'c').map(([attributes]) => attributes),
    [{ id: 0 }, { id: 1 }, OVERFLOW, { id: 9 }],
  );
});

test('advice that cannot be followed is ignored, with a warning that names it', (t) => {
  const warnings = warningsOf(t);
  const { meter, hub } = start({ seriesLimit: 3 });
  const limits: LimitsAdvice = JSON.parse(
    '{"seriesLimit":0,"seriesIdle":"5","attributes":{"id":"x"},"redact":{"id":"hide"},"merge":5}',
  );
  meter.createCounter('c', { advice: { limits } }).add(1, { id: 1 });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{ id: 1 }, 1]]);
  assert.deepEqual(warnings, [
    "pitot: instrument 'c' was created with advice that cannot be followed (seriesLimit, seriesIdle, attributes, " +
      'redact, merge); it is ignored.',
  ]);
});

/** Values of every sort that an attribute can have, so few that they meet again. */
const value = fc.constantFrom(
  ...['a', 'b', 'c', 1, '1', true, Number.NaN, -0, '', null, undefined, ['x'], ['y']],
);
const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('k', 'l', 'm', 'n'), value), { selector: ([key]) => key })
  .map((pairs) => Object.fromEntries(pairs));
const DECLARED: Attributes = { k: 'a', l: 'b', m: 1 };

/** The meaning of the limit, in the plainest possible form. */
class Model {
  readonly counts = new Map<string, number>();
  overflow = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(given: Attributes): void {
    const { key, attributes } = canonicalize(given);
    const isDeclared = Object.entries(attributes).every(([name, value]) => value === DECLARED[name]);
    const places = isDeclared ? 2 * this.limit - 1 : this.limit - 1;
    if (this.counts.has(key) || this.counts.size < places) {
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    } else this.overflow++;
  }
}

test('every recording is counted in its own series or in the overflow, and in no other, come what may', () => {
  const steps = fc.array(fc.record({ attributes, isRemoved: fc.nat({ max: 9 }).map((n) => n === 0) }), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (steps, limit) => {
      const { meter, hub } = start({ seriesLimit: limit });
      const counter = meter.createCounter('c');
      const model = new Model(limit);
      for (const name of Object.keys(DECLARED)) counter.reserve(name, [DECLARED[name]]);
      for (const { attributes, isRemoved } of steps) {
        if (isRemoved) {
          counter.remove(attributes);
          model.counts.delete(canonicalize(attributes).key);
        } else {
          counter.add(1, attributes);
          model.add(attributes);
        }
      }
      const scopes = hub.collect();
      const overflow = canonicalize(OVERFLOW).key;
      const counted = new Map(
        (scopes.length === 0 ? [] : valuesOf(scopes, 'c')).map(([of, count]) => [
          canonicalize({ ...of }).key,
          count,
        ]),
      );
      assert.equal(counted.get(overflow) ?? 0, model.overflow);
      counted.delete(overflow);
      assert.deepEqual([...counted].sort(), [...model.counts].sort());
    }),
    { numRuns: 2000 },
  );
});

test('a million distinct values on one attribute, in any order of the attributes, take no memory', () => {
  const { meter, hub } = start({});
  const counter = meter.createCounter('c');
  const histogram = meter.createHistogram('h');
  counter.reserve('route', ['/known']);
  counter.reserve('method', ['GET']);
  const attack = (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const user = `user-${n}`;
      if (n % 4 === 0) counter.add(1, { user, method: 'GET', route: '/' });
      else if (n % 4 === 1) counter.add(1, { method: 'GET', route: `/users/${n}`, user: 'x' });
      else if (n % 4 === 2) counter.add(1, { route: '/', method: 'GET', user });
      else counter.add(1, { method: 'GET', [user]: n });
      histogram.record(1, { method: 'GET', [`key ${n % 50}`]: user });
    }
  };
  attack(0, 20_000);
  const before = heapUsed();
  const { total } = memoryOf(hub);
  attack(20_000, 1_000_000);
  const grown = heapUsed() - before;
  counter.add(5, { route: '/known', method: 'GET' });
  assert.ok(grown < 2 ** 20, `the heap has grown by ${grown} bytes`);
  assert.equal(memoryOf(hub).total, total);
  const counts = valuesOf(hub.collect(), 'c');
  assert.equal(counts.length, 2001);
  assert.equal(
    counts.reduce((sum, [, count]) => sum + Number(count), 0),
    1_000_005,
  );
  assert.deepEqual(counts.at(-1), [{ method: 'GET', route: '/known' }, 5]);
  const histograms = valuesOf(hub.collect(), 'h').map(([, one]) => (one as Histogram).count);
  assert.equal(
    histograms.reduce((sum, count) => sum + count, 0),
    1_000_000,
  );
  assert.equal(histogramNamed(hub.collect(), 'h').count, 1);
});

function memoryOf(hub: ReadingHub): { total: number; used: number } {
  hub.drain();
  return hub.registry.memory;
}
