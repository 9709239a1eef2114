import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, type TestContext, test } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { type Histogram, type MeterProvider, metrics } from '@opentelemetry/api';
import type { DataPoint, Histogram as HistogramPoint, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, MeterProvider as StockProvider } from '@opentelemetry/sdk-metrics';
import { defineMetrics } from '../../../src/app/define/define.ts';
import type { HistogramAnswer } from '../../../src/app/observe/histogram-answer.ts';
import { type ObserveOptions, observe } from '../../../src/app/observe/observe.ts';
import type { Ask } from '../../../src/app/observe/source.ts';
import { Recorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { producerOf, readerOf } from '../record/helpers/collect.ts';
import { warningsOf } from '../record/helpers/warnings.ts';

const EVERY = 1000;
const BOUNDARIES = [0.5, 1, 5];
const RULES = { advice: { explicitBucketBoundaries: BOUNDARIES } };
let clock = 0;

beforeEach(() => {
  clock = 1000;
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => clock);
});

afterEach(() => {
  metrics.disable();
  mock.timers.reset();
  mock.restoreAll();
});

async function pass(milliseconds: number): Promise<void> {
  clock += milliseconds;
  mock.timers.tick(milliseconds);
  await soon();
}

/** The series of `took`, by the values of their attributes: counts of the buckets, and sums. */
function series(scopes: readonly ScopeMetrics[]): Record<string, [number[], number | undefined]> {
  const took = scopes
    .flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === 'took');
  return Object.fromEntries(
    took
      .flatMap(({ dataPoints }): readonly DataPoint<unknown>[] => dataPoints)
      .map(({ attributes, value }) => {
        const { buckets, sum } = value as HistogramPoint;
        return [Object.values(attributes).join(), [buckets.counts, sum]];
      }),
  );
}

function begin(options: RecorderOptions = {}) {
  const recorder = new Recorder();
  recorder.configure(options);
  metrics.setGlobalMeterProvider(recorder);
  const scopes = readerOf(recorder);
  return {
    recorder,
    histogram: recorder.getMeter('app').createHistogram('took', RULES),
    read: async () => series(await scopes()),
    failures: async () =>
      (await scopes())
        .flatMap((scope) => scope.metrics)
        .filter(({ descriptor }) => descriptor.name === 'pitot.source.failures')
        .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value))[0],
  };
}

/** Answers that are given one after the other; an error is thrown. */
function answering(...answers: unknown[]): Ask<HistogramAnswer> {
  return async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as HistogramAnswer;
  };
}

async function observed(
  t: TestContext,
  histogram: Histogram,
  ask: Ask<HistogramAnswer>,
  options: ObserveOptions = {},
) {
  const observation = observe(histogram, ask, { every: EVERY, name: 'took', ...options });
  t.after(observation.stop);
  await pass(1);
  return observation;
}

test('a histogram has the counts and sums of the last answer, and only the series in it', async (t) => {
  const { histogram, read } = begin();
  await observed(
    t,
    histogram,
    answering(
      [
        { counts: [3, 2, 1, 0], sum: 4.5, attributes: { model: 'small' } },
        { counts: [0, 0, 7, 1], sum: 30, attributes: { model: 'large' } },
      ],
      [{ counts: [4, 2, 1, 0], sum: 4.75, attributes: { model: 'small' } }],
      { counts: [1, 1, 1, 1], sum: 9 },
    ),
  );
  assert.deepEqual(await read(), { small: [[3, 2, 1, 0], 4.5], large: [[0, 0, 7, 1], 30] });
  await pass(EVERY);
  assert.deepEqual(await read(), { small: [[4, 2, 1, 0], 4.75] });
  await pass(EVERY);
  assert.deepEqual(await read(), { '': [[1, 1, 1, 1], 9] });
});

test('the last good distribution stays through failures and answers that do not fit', async (t) => {
  const { histogram, read, failures } = begin();
  const good = { counts: [1, 0, 0, 0], sum: 0.1 };
  const wrong = [
    new Error('no'),
    undefined,
    7,
    [7],
    {},
    { counts: [1, 0, 0, 0] },
    { ...good, counts: [1, 0, 0] },
    { ...good, counts: [1, 0, 0, 0, 0] },
    { ...good, counts: ['1', 0, 0, 0] },
    { ...good, counts: [1, 0, 0, -1] },
    { ...good, counts: [1.5, 0, 0, 0] },
    { ...good, counts: [1, 0, 0, Number.NaN] },
    { ...good, counts: [2 ** 60, 0, 0, 0] },
    { ...good, counts: { 0: 1 } },
    { ...good, sum: '0.1' },
    { ...good, sum: -1 },
    { ...good, sum: Number.POSITIVE_INFINITY },
    [good, { ...good, sum: null, attributes: { model: 'small' } }],
  ];
  const warnings = warningsOf(t);
  await observed(
    t,
    histogram,
    answering(good, { ...good, counts: [1, 0] }, ...wrong, { ...good, sum: 0.2 }),
    {
      name: 'misfit',
    },
  );
  for (const _ of ['first', ...wrong]) {
    await pass(EVERY);
    assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.1] });
  }
  assert.equal(await failures(), wrong.length);
  assert.match(
    warnings.join('\n'),
    /source misfit failed \(a reading has 2 counts; the boundaries \[0\.5, 1, 5\] of the histogram make 4 buckets\); its last values are kept/,
  );
  await pass(EVERY);
  assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.2] });
});

test('a failure drops the last good distribution when that was chosen', async (t) => {
  const { histogram, read } = begin();
  const good = { counts: [1, 0, 0, 0], sum: 0.1 };
  await observed(t, histogram, answering(good, new Error('no'), good), { onError: 'drop' });
  await pass(EVERY);
  assert.deepEqual(await read(), {});
  await pass(EVERY);
  assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.1] });
});

test('two readings with the same attributes add up', async (t) => {
  const { histogram, read } = begin();
  await observed(
    t,
    histogram,
    answering([
      { counts: [1, 0, 0, 0], sum: 0.25, attributes: { model: 'small' } },
      { counts: [0, 1, 0, 0], sum: 0.75, attributes: { model: 'small' } },
    ]),
  );
  assert.deepEqual(await read(), { small: [[1, 1, 0, 0], 1] });
});

test('changing an answer afterwards changes nothing', async (t) => {
  const { histogram, read } = begin();
  const answer = { counts: [1, 0, 0, 0], sum: 0.1 };
  await observed(t, histogram, () => answer);
  answer.counts[0] = 9;
  assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.1] });
});

test('the application cannot record into an observed histogram', async (t) => {
  const { histogram, read } = begin();
  const warnings = warningsOf(t);
  histogram.record(0.1);
  const bound = histogram.bind();
  await observed(t, histogram, answering({ counts: [1, 0, 0, 0], sum: 0.1 }));
  histogram.record(0.2);
  bound.record(0.3);
  assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.1] });
  assert.deepEqual(warnings.filter((text) => text.includes('observe() gives it its values')).length, 1);
});

test('an observed histogram keeps its buckets, whatever the settings say of histograms', async (t) => {
  const { histogram, recorder, read } = begin({ exponential: ['*'], intervals: true });
  await observed(t, histogram, answering({ counts: [1, 2, 3, 4], sum: 50 }));
  assert.deepEqual(await read(), { '': [[1, 2, 3, 4], 50] });
  recorder.configure({ exponential: ['took'], intervals: true });
  assert.deepEqual(await read(), { '': [[1, 2, 3, 4], 50] });
});

test('attributes that a contract redacts are redacted, and their distributions add up', async (t) => {
  const { read } = begin();
  const gateway = defineMetrics('', {
    took: {
      kind: 'histogram',
      unit: 's',
      description: 'Durations.',
      boundaries: BOUNDARIES,
      attributes: { key: { type: 'string', redact: 'drop' }, model: 'string' },
    },
  });
  t.after(
    observe(
      gateway.took,
      () => [
        { counts: [1, 0, 0, 0], sum: 0.25, attributes: { key: 'a', model: 'small' } },
        { counts: [0, 0, 0, 2], sum: 20, attributes: { key: 'b', model: 'small' } },
      ],
      { name: 'took' },
    ).stop,
  );
  await pass(1);
  assert.deepEqual(await read(), { small: [[1, 0, 0, 2], 20.25] });
});

test('a second observation of a histogram has to wait until the first is stopped', async (t) => {
  const { histogram, read } = begin();
  const warnings = warningsOf(t);
  const first = await observed(t, histogram, () => ({ counts: [1, 0, 0, 0], sum: 0.1 }));
  await observed(t, histogram, () => ({ counts: [2, 0, 0, 0], sum: 0.2 }));
  assert.deepEqual(await read(), { '': [[1, 0, 0, 0], 0.1] });
  assert.match(
    warnings.join('\n'),
    /another observation gives this histogram its values; stop that one first/,
  );
  first.stop();
  assert.deepEqual(await read(), {});
  await observed(t, histogram, () => ({ counts: [3, 0, 0, 0], sum: 0.3 }));
  assert.deepEqual(await read(), { '': [[3, 0, 0, 0], 0.3] });
});

test('an instrument that is no histogram of pitot counts a distribution as a failure', async (t) => {
  const { recorder, failures } = begin();
  const warnings = warningsOf(t);
  const stock: MeterProvider = new StockProvider();
  const answer = () => ({ counts: [1], sum: 1 });
  await observed(t, recorder.getMeter('app').createGauge('level') as Histogram, () => [answer()], {
    name: 'level',
  });
  await observed(t, stock.getMeter('app').createHistogram('foreign'), () => [answer()], { name: 'foreign' });
  assert.equal(await failures(), 1);
  assert.match(
    warnings.join('\n'),
    /source level failed \(a reading has counts, which only a histogram of pitot/,
  );
  assert.match(warnings.join('\n'), /source foreign failed \(a reading has counts/);
});

test('differences begin with the first answer, because a receiver may know what was before', async (t) => {
  const recorder = new Recorder();
  metrics.setGlobalMeterProvider(recorder);
  const producer = new TemporalityProducer(producerOf(recorder), () => AggregationTemporality.DELTA);
  const read = async () => series((await producer.collect()).resourceMetrics.scopeMetrics);
  const small = (counts: number[], sum: number) => ({ counts, sum, attributes: { model: 'small' } });
  await observed(
    t,
    recorder.getMeter('app').createHistogram('took', RULES),
    answering(
      [small([900, 0, 0, 0], 90)],
      [small([903, 1, 0, 0], 91)],
      [small([903, 1, 0, 0], 91), { counts: [0, 0, 2, 0], sum: 8, attributes: { model: 'new' } }],
      [small([10, 0, 0, 0], 1)],
    ),
  );
  assert.deepEqual(await read(), {});
  await pass(EVERY);
  assert.deepEqual(await read(), { small: [[3, 1, 0, 0], 1] });
  await pass(EVERY);
  assert.deepEqual(await read(), { new: [[0, 0, 2, 0], 8] });
  await pass(EVERY);
  assert.deepEqual(await read(), { small: [[10, 0, 0, 0], 1] });
});

test('the types know the readings of a histogram and the attributes of its contract', () => {
  const { took } = defineMetrics('typed', {
    took: {
      kind: 'histogram',
      unit: 's',
      description: 'Durations.',
      boundaries: BOUNDARIES,
      attributes: { model: ['small', 'large'] },
    },
  });
  const counts = [1, 0, 0, 0];
  observe(took, () => [{ counts, sum: 1, attributes: { model: 'small' } }], { onError: 'drop' }).stop();
  observe(took, async () => ({ counts, sum: 1, attributes: { model: 'large' } })).stop();
  // @ts-expect-error there is no such model
  observe(took, () => [{ counts, sum: 1, attributes: { model: 'huge' } }]).stop();
  // @ts-expect-error the sum is missing
  observe(took, () => [{ counts, attributes: { model: 'small' } }]).stop();
  // @ts-expect-error PostgreSQL gives bigint as text
  observe(took, () => [{ counts: ['1'], sum: 1, attributes: { model: 'small' } }]).stop();
});
