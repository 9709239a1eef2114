import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExponentialHistogram, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { bucketIndex } from '../../../src/model/exponential-index.ts';
import { readerOf } from './helpers/collect.ts';
import { metricNamed } from './helpers/points.ts';
import { stockSdk } from './helpers/stock.ts';
import { warningsOf } from './helpers/warnings.ts';

function start(exponential: readonly string[] = ['h']) {
  const recorder = new Recorder();
  recorder.configure({ exponential });
  return { recorder, meter: recorder.getMeter('test'), read: readerOf(recorder) };
}

function exponentialNamed(scopes: readonly ScopeMetrics[], name: string): ExponentialHistogram {
  const value = metricNamed(scopes, name).dataPoints[0]?.value;
  if (typeof value !== 'object' || !('scale' in value)) throw new Error(`${name} is not exponential`);
  return value;
}

async function ours(values: readonly number[]): Promise<ExponentialHistogram> {
  const { meter, read } = start();
  const histogram = meter.createHistogram('h');
  for (const value of values) histogram.record(value);
  return exponentialNamed(await read(), 'h');
}

async function stock(values: readonly number[]): Promise<ExponentialHistogram> {
  const { provider, read } = stockSdk('h');
  const histogram = provider.getMeter('test').createHistogram('h');
  for (const value of values) histogram.record(value);
  return exponentialNamed(await read(), 'h');
}

/** Values as they are measured: close together, spread as latencies are, whole, and of any size at all. */
const values = fc
  .oneof(
    fc.constant(fc.double({ min: 1, max: 1.0001, noNaN: true })),
    fc.constant(fc.double({ min: 0.001, max: 100, noNaN: true })),
    fc.constant(fc.nat({ max: 1_000_000 })),
    fc.constant(fc.integer({ min: -1074, max: 1023 }).map((exponent) => 2 ** exponent)),
    fc.constant(fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true })),
  )
  .chain((value) => fc.array(value, { minLength: 1, maxLength: 300, size: 'max' }));

test('an exponential histogram has the buckets, scale, sum and extremes that the stock SDK gives it', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (recorded) => {
      assert.deepEqual(await ours(recorded), await stock(recorded));
    }),
    { numRuns: 1000 },
  );
});

test('it is the same as the stock one whenever it is read, while its scale goes down', async () => {
  // Whole numbers, whose sums are exact in whatever order, and no zeros, for which see differential.test.ts.
  const whole = fc.constantFrom(10, 10_000, 2 ** 31 - 1).chain((max) => fc.integer({ min: 1, max }));
  const rounds = fc.array(fc.array(whole, { minLength: 1, maxLength: 40, size: 'max' }), {
    minLength: 1,
    maxLength: 8,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(rounds, async (given) => {
      const { meter, read } = start();
      const { provider, read: readStock } = stockSdk('h');
      const histograms = [meter.createHistogram('h'), provider.getMeter('test').createHistogram('h')];
      for (const round of given) {
        for (const value of round) for (const histogram of histograms) histogram.record(value);
        assert.deepEqual(exponentialNamed(await read(), 'h'), exponentialNamed(await readStock(), 'h'));
      }
    }),
    { numRuns: 300 },
  );
});

test('the bucket of a power of two is the one that ends with it, at every scale', () => {
  for (let scale = -10; scale <= 20; scale++) {
    for (let exponent = -1022; exponent <= 1023; exponent++) {
      const expected = Math.ceil(exponent * 2 ** scale) - 1;
      assert.equal(bucketIndex(2 ** exponent, scale), expected, `2^${exponent} at scale ${scale}`);
    }
  }
});

test('a value lies within the bounds of its bucket, at every scale', () => {
  const value = fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true });
  fc.assert(
    fc.property(value, fc.integer({ min: -10, max: 20 }), (given, scale) => {
      const index = bucketIndex(given, scale);
      const exact = Math.log2(given) * 2 ** scale;
      // The logarithm's own error, in buckets.
      const error = 2 ** (scale - 40);
      assert.ok(index < exact + error && exact - error <= index + 1, `${index} for ${exact}`);
    }),
    { numRuns: 5000 },
  );
});

test('a table of buckets and the stock formula agree where one takes over from the other', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (given) => {
      assert.equal(bucketIndex(given, 8), bucketIndex(given, 9) >> 1);
    }),
    { numRuns: 5000 },
  );
});

test('zeros are counted apart from the buckets', async () => {
  assert.deepEqual(await ours([0, 0]), {
    count: 2,
    sum: 0,
    min: 0,
    max: 0,
    scale: 0,
    zeroCount: 2,
    positive: { offset: 0, bucketCounts: [] },
    negative: { offset: 0, bucketCounts: [] },
  });
  const { count, zeroCount, scale, positive } = await ours([0, 1]);
  assert.deepEqual(
    { count, zeroCount, scale, positive },
    {
      count: 2,
      zeroCount: 1,
      scale: 20,
      positive: { offset: -1, bucketCounts: [1] },
    },
  );
});

test('what no bucket holds is ignored, with one warning for each instrument', async (t) => {
  const warnings = warningsOf(t);
  const { meter, read } = start();
  const histogram = meter.createHistogram('h');
  const bound = histogram.bind();
  for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, -1]) {
    histogram.record(value);
    bound.record(value);
  }
  histogram.record(1);
  const { count, sum, max } = exponentialNamed(await read(), 'h');
  assert.deepEqual({ count, sum, max }, { count: 1, sum: 1, max: 1 });
  assert.deepEqual(
    warnings.filter((text) => text.includes('Infinity')),
    [
      "pitot: instrument 'h' was given Infinity, which no sum can recover from; it is ignored.",
      "pitot: instrument 'h' takes no negative values and was given -Infinity; it is ignored.",
    ],
  );
});

test('patterns choose histograms by name, whatever case, and the application can advise one itself', async () => {
  const { meter, read } = start(['http.*.duration', 'exact', '*.size']);
  const advice = { exponential: true };
  for (const name of ['http.server.duration', 'HTTP.client.Duration', 'exact', 'body.size']) {
    meter.createHistogram(name, { advice: { explicitBucketBoundaries: [1] } }).record(1);
    assert.equal(exponentialNamed(await read(), name).count, 1);
  }
  for (const name of ['http.server.duration.more', 'exactly', 'httpXserver.duration', 'sizes']) {
    meter.createHistogram(name).record(1);
    const scopes = await read();
    assert.throws(() => exponentialNamed(scopes, name));
  }
  meter.createHistogram('advised', { advice }).record(1);
  assert.equal(exponentialNamed(await read(), 'advised').count, 1);
});

test('with exponential buckets as the default, those who chose their boundaries keep them', async () => {
  const recorder = new Recorder();
  recorder.configure({ exponentialByDefault: true });
  const read = readerOf(recorder);
  const meter = recorder.getMeter('test');
  const boundaries = [1, 2];
  meter.createHistogram('plain').record(1);
  meter.createHistogram('chosen', { advice: { explicitBucketBoundaries: boundaries } }).record(1);
  const scopes = await read();
  assert.equal(exponentialNamed(scopes, 'plain').count, 1);
  const chosen = metricNamed(scopes, 'chosen').dataPoints[0]?.value;
  assert.ok(typeof chosen === 'object' && 'buckets' in chosen);
  assert.deepEqual(chosen.buckets.boundaries, boundaries);
});

test('settings that come late apply to histograms that have recorded nothing yet', async () => {
  const recorder = new Recorder();
  const read = readerOf(recorder);
  const meter = recorder.getMeter('test');
  const fresh = meter.createHistogram('fresh');
  const used = meter.createHistogram('used');
  used.record(1);
  recorder.configure({ exponential: ['fresh', 'used'] });
  fresh.record(1);
  used.record(2);
  const scopes = await read();
  assert.equal(exponentialNamed(scopes, 'fresh').count, 1);
  const kept = metricNamed(scopes, 'used').dataPoints[0]?.value;
  assert.ok(typeof kept === 'object' && 'buckets' in kept && kept.count === 2);
});
