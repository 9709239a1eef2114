import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import {
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { HistogramOptions } from '../../../src/app/record/api.ts';
import type { ExemplarFilter } from '../../../src/app/record/exemplars.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { bucketOf } from '../../../src/model/boundaries.ts';
import { type Exemplar, exemplarsOf } from '../../../src/model/exemplars.ts';
import { readerOf } from './helpers/collect.ts';
import { metricNamed, valuesOf } from './helpers/points.ts';
import { inSpan, registerTracer, spanIdOf, traceIdOf } from './helpers/spans.ts';
import { warningsOf } from './helpers/warnings.ts';

function start(exemplarFilter?: ExemplarFilter) {
  const recorder = new Recorder();
  if (exemplarFilter !== undefined) recorder.configure({ exemplarFilter });
  return { recorder, meter: recorder.getMeter('test'), read: readerOf(recorder) };
}

function exemplarsNamed(scopes: readonly ScopeMetrics[], name: string): readonly Exemplar[] {
  return metricNamed(scopes, name).dataPoints.flatMap((point) => exemplarsOf(point));
}

function valuesAndSpans(exemplars: readonly Exemplar[]): [number, string | undefined][] {
  return exemplars.map(({ value, traceId }) => [value, traceId]);
}

test('a counter keeps the latest measurement of a sampled span, with its time and its ids', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 });
  registerTracer(t);
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  counter.add(1, { route: '/' }, inSpan(1));
  t.mock.timers.tick(1500);
  counter.bind({ route: '/' }).add(2, inSpan(2));
  counter.add(4, { route: '/' });
  assert.deepEqual(exemplarsNamed(await read(), 'c'), [
    {
      value: 2,
      timestamp: [6, 500_000_000],
      traceId: traceIdOf(2),
      spanId: spanIdOf(2),
      filteredAttributes: {},
    },
  ]);
});

test('an explicit histogram keeps the latest of each bucket', async (t) => {
  registerTracer(t);
  const { meter, read } = start();
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [10, 20] } });
  const bound = histogram.bind();
  [5, 15, 25, 10, 30].forEach((value, n) => {
    histogram.record(value, {}, inSpan(n));
  });
  bound.record(31, inSpan(9));
  assert.deepEqual(valuesAndSpans(exemplarsNamed(await read(), 'h')), [
    [10, traceIdOf(3)],
    [15, traceIdOf(1)],
    [31, traceIdOf(9)],
  ]);
});

test('an exponential histogram keeps some across its range, the rare slow one among them', async (t) => {
  registerTracer(t);
  const { meter, read } = start();
  const histogram = meter.createHistogram('h', { advice: { exponential: true } });
  for (let n = 0; n < 1000; n++) histogram.record(1 + (n % 100) / 10, {}, inSpan(n));
  histogram.record(60, {}, inSpan(1000));
  for (let n = 0; n < 1000; n++) histogram.record(1 + (n % 100) / 10, {}, inSpan(n));
  const exemplars = exemplarsNamed(await read(), 'h');
  assert.ok(exemplars.length > 3 && exemplars.length <= 20, `${exemplars.length} exemplars`);
  assert.ok(exemplars.some(({ value, traceId }) => value === 60 && traceId === traceIdOf(1000)));
});

/** Records ever wider ranges, so that the window of buckets moves, and looks at the exemplars each time. */
async function assertOnlyYounger(
  t: TestContext,
  advice: HistogramOptions['advice'],
  bucketOf: (value: number) => number,
): Promise<void> {
  t.mock.timers.enable({ apis: ['Date'], now: 5000 });
  registerTracer(t);
  const { meter, read } = start();
  const histogram = meter.createHistogram('h', { advice: { ...advice, exponential: true } });
  const latest = new Map<number, number>();
  for (let n = 0; n < 600; n++) {
    t.mock.timers.tick(1);
    const range = 1 + n / 20;
    histogram.record(2 ** (((n * 7919) % 1000) * (range / 1000) - range / 2), {}, inSpan(n));
    const seen = new Map<number, number>();
    for (const { value, timestamp } of exemplarsNamed(await read(), 'h')) {
      const bucket = bucketOf(value);
      seen.set(bucket, Math.max(seen.get(bucket) ?? 0, timestamp[0] * 1e3 + timestamp[1] / 1e6));
    }
    for (const [bucket, time] of seen) {
      assert.ok(time >= (latest.get(bucket) ?? 0), `bucket ${bucket} after ${n} recordings`);
      latest.set(bucket, time);
    }
  }
}

test('the exemplar of a power of two only becomes younger, however the recorded buckets move', (t) =>
  assertOnlyYounger(t, {}, (value) => Math.ceil(Math.log2(value))));

test('the exemplar of an advised bucket only becomes younger, however the recorded buckets move', (t) => {
  const boundaries = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 100, 1000];
  return assertOnlyYounger(t, { explicitBucketBoundaries: boundaries }, (value) =>
    bucketOf(boundaries, value),
  );
});

test('a view chooses a fixed number of exemplars, each measurement since the last collection with equal chance', async (t) => {
  registerTracer(t);
  const { recorder, meter, read } = start();
  recorder.configure({
    views: [{ selector: { instrumentName: 'sized*' }, exemplarReservoir: { size: 4 } }],
  });
  const counter = meter.createCounter('sized.counter');
  const histogram = meter.createHistogram('sized.histogram');
  const times = new Map<number, number>();
  for (let round = 0; round < 400; round++) {
    for (let value = 1; value <= 10; value++) {
      counter.add(value, {}, inSpan(value));
      histogram.record(value, {}, inSpan(value));
    }
    const scopes = await read();
    const kept = exemplarsNamed(scopes, 'sized.counter').map(({ value }) => value);
    assert.equal(kept.length, 4);
    assert.equal(new Set(kept).size, 4, 'none twice');
    assert.equal(exemplarsNamed(scopes, 'sized.histogram').length, 4);
    for (const value of kept) times.set(value, (times.get(value) ?? 0) + 1);
  }
  // Each is expected 160 times; a fair sample leaves this range once in some million runs.
  for (let value = 1; value <= 10; value++) {
    const found = times.get(value) ?? 0;
    assert.ok(found > 105 && found < 215, `${value} was kept ${found} times`);
  }
});

test('a view chooses the buckets that have an exemplar each, or none', async (t) => {
  registerTracer(t);
  const { recorder, meter, read } = start();
  recorder.configure({
    views: [
      { selector: { instrumentName: 'aligned' }, exemplarReservoir: { boundaries: [10, 20] } },
      { selector: { instrumentName: 'quiet' }, exemplarReservoir: 'none' },
    ],
  });
  const [aligned, quiet] = [meter.createCounter('aligned'), meter.createHistogram('quiet')];
  for (const value of [5, 15, 25, 10, 30]) {
    aligned.add(value, {}, inSpan(value));
    quiet.record(value, {}, inSpan(value));
    quiet.bind().record(value, inSpan(value));
  }
  const scopes = await read();
  assert.deepEqual(
    exemplarsNamed(scopes, 'aligned').map(({ value }) => value),
    [10, 15, 30],
  );
  assert.deepEqual(exemplarsNamed(scopes, 'quiet'), []);
});

test('an exemplar is never later than its point', async (t) => {
  registerTracer(t);
  const recorder = new Recorder();
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(message));
  recorder.getMeter('test').createCounter('c').add(1, {}, inSpan(1));
  // The series is read, and only then is the time of the points taken.
  const scopes = snapshot(registry, { clock: () => Number.MAX_SAFE_INTEGER });
  const [point] = metricNamed(scopes, 'c').dataPoints;
  assert.ok(Number(exemplarsNamed(scopes, 'c')[0]?.timestamp[0]) < Number(point?.endTime[0]));
});

test('the active span is taken where no context is given', async (t) => {
  registerTracer(t);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  t.after(() => context.disable());
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  await context.with(inSpan(7), async () => {
    await Promise.resolve();
    counter.add(1);
  });
  counter.add(1);
  assert.deepEqual(valuesAndSpans(exemplarsNamed(await read(), 'c')), [[1, traceIdOf(7)]]);
});

test('what a series does not have of the attributes recorded, its exemplars do not have either', async (t) => {
  registerTracer(t);
  const { recorder, meter, read } = start();
  recorder.configure({
    redact: { user: 'drop', tenant: 'hash' },
    views: [{ selector: { instrumentName: 'c' }, attributes: { excluded: ['path'] } }],
  });
  meter.createCounter('c').add(1, { user: 'ann', tenant: 'acme', path: '/ann', method: 'GET' }, inSpan(1));
  const [exemplar, ...others] = exemplarsNamed(await read(), 'c');
  assert.deepEqual(others, []);
  assert.equal(exemplar?.traceId, traceIdOf(1));
  assert.deepEqual(exemplar.filteredAttributes, {});
});

test('other instruments keep none', async () => {
  const { meter, read } = start('always_on');
  meter.createUpDownCounter('u').add(1);
  meter.createGauge('g').record(1);
  meter.createObservableCounter('o').addCallback((result) => result.observe(1));
  for (const name of ['u', 'g', 'o']) assert.deepEqual(exemplarsNamed(await read(), name), []);
});

/** Records 1 without a span, 2 in an unsampled one, 3 in a sampled one, and tells which are exemplars. */
async function kept(filter: ExemplarFilter | undefined): Promise<[number, string | undefined][]> {
  const { meter, read } = start(filter);
  const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1, 2] } });
  histogram.record(1);
  histogram.record(2, {}, inSpan(2, TraceFlags.NONE));
  histogram.record(3, {}, inSpan(3));
  const invalid = { ...INVALID_SPAN_CONTEXT, traceFlags: TraceFlags.SAMPLED };
  if (filter !== 'always_on') histogram.record(3, {}, trace.setSpanContext(ROOT_CONTEXT, invalid));
  return valuesAndSpans(exemplarsNamed(await read(), 'h'));
}

test('the filter says which measurements are eligible', async (t) => {
  assert.deepEqual(await kept(undefined), [], 'no tracer is registered');
  assert.deepEqual(await kept('always_on'), [
    [1, undefined],
    [2, traceIdOf(2)],
    [3, traceIdOf(3)],
  ]);
  registerTracer(t);
  assert.deepEqual(await kept(undefined), [[3, traceIdOf(3)]]);
  assert.deepEqual(await kept('trace_based'), [[3, traceIdOf(3)]]);
  assert.deepEqual(await kept('always_off'), []);
});

test('a tracer that is registered late is noticed by the next new series or collection', async (t) => {
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  counter.add(1, {}, inSpan(1));
  registerTracer(t);
  await read();
  counter.add(2, {}, inSpan(2));
  assert.deepEqual(valuesAndSpans(exemplarsNamed(await read(), 'c')), [[2, traceIdOf(2)]]);

  trace.disable();
  const other = start();
  const first = other.meter.createCounter('c');
  first.add(1, {}, inSpan(1));
  registerTracer(t);
  other.meter.createCounter('another').add(1);
  first.add(2, {}, inSpan(2));
  assert.deepEqual(valuesAndSpans(exemplarsNamed(await other.read(), 'c')), [[2, traceIdOf(2)]]);
});

test('a tracer that another copy of the API registered counts as one', async (t) => {
  const copy: typeof import('@opentelemetry/api') = createRequire(import.meta.url)('@opentelemetry/api');
  assert.notEqual(copy.trace, trace);
  copy.trace.setGlobalTracerProvider(new copy.ProxyTracerProvider());
  t.after(() => copy.trace.disable());
  assert.deepEqual(await kept(undefined), [[3, traceIdOf(3)]]);
});

test('a filter that comes late applies to series that are there', async (t) => {
  registerTracer(t);
  const { recorder, meter, read } = start();
  const counter = meter.createCounter('c').bind();
  counter.add(1, inSpan(1));
  recorder.configure({ exemplarFilter: 'always_off' });
  counter.add(2, inSpan(2));
  assert.deepEqual(valuesAndSpans(exemplarsNamed(await read(), 'c')), [[1, traceIdOf(1)]]);
  assert.deepEqual(exemplarsNamed(await readerOf(recorder)(), 'c'), []);
});

test('a hub that starts late learns of exemplars, too', async (t) => {
  registerTracer(t);
  const { recorder, meter } = start();
  for (let n = 0; n < 500; n++) meter.createCounter('c').add(n, { n }, inSpan(n));
  const exemplars = exemplarsNamed(await readerOf(recorder)(), 'c');
  assert.deepEqual(
    valuesAndSpans(exemplars),
    Array.from({ length: 500 }, (_, n) => [n, traceIdOf(n)]),
  );
});

test('an invalid context costs the exemplar and nothing else, with one warning', async (t) => {
  const warnings = warningsOf(t);
  registerTracer(t);
  const { meter, read } = start();
  const counter = meter.createCounter('c');
  const contexts: unknown[] = [{}, 'text', 5, { getValue: 1 }, { getValue: () => ({}) }, null];
  for (const given of contexts) counter.add(1, {}, given as Context);
  counter.add(1, {}, ROOT_CONTEXT);
  const scopes = await read();
  assert.deepEqual(valuesOf(scopes, 'c'), [[{}, contexts.length + 1]]);
  assert.deepEqual(exemplarsNamed(scopes, 'c'), []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /'c' was given a context whose span cannot be read/);
});
