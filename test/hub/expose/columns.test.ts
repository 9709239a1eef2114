import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { adviceOf } from '../../../src/app/define/advice.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { HTTP_CONTRACT } from '../../../src/contract/http.ts';
import { columnsOf } from '../../../src/hub/collect/columns.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { served } from '../../../src/hub/collect/served-histogram.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { JSON_FORMAT, scrapeFormats } from '../../../src/hub/expose/formats/formats.ts';
import { hostile } from './helpers/hostile.ts';
import { resourceMetrics } from './helpers/metrics.ts';
import { bytesOf, translation } from './helpers/translated.ts';

/** A recorder, and what the hub reads of it. */
function recording() {
  const recorder = new Recorder();
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(structuredClone(message)));
  return {
    recorder,
    meter: recorder.getMeter('test'),
    read: () => resourceMetrics({ 'service.name': 'test' }, ...snapshot(registry)),
  };
}

/** Recorded in finer buckets than it is served with. */
const DURATION = HTTP_CONTRACT.metrics.find(({ name }) => name === 'http.server.request.duration')!;

/** The same points, as objects alone. */
function withoutColumns(metrics: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = metrics.scopeMetrics.map(({ scope, metrics: list }) => ({
    scope,
    metrics: list.map((metric) => ({ ...metric })),
  }));
  return { ...metrics, scopeMetrics };
}

function pointsOf({ scopeMetrics }: ResourceMetrics) {
  return scopeMetrics.flatMap(({ metrics }) => metrics.map(({ dataPoints }) => dataPoints));
}

const FORMATS = [
  ...[true, false].flatMap((createdSeries) => scrapeFormats({ createdSeries, classicBuckets: true })),
  JSON_FORMAT,
];

const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.constantFrom('a', 'b', 'a.b', 'a_b', 'le', '__proto__'),
  fc.oneof(hostile, fc.constantFrom(1, '1', true, 'true', '')),
  { maxKeys: 3 },
);
const value = fc.oneof(
  fc.double(),
  fc.nat(),
  fc.constantFrom(0, -0, 0.1, 1e21, 2 ** 32, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN),
);
/** One recording. `a_b` and `a.b` are one metric in Prometheus, and so are some of the attributes. */
const step = fc.record({
  metric: fc.constantFrom('a.b', 'a_b', 'up', 'gauge', 'histogram', 'fine', 'duration'),
  attributes,
  value,
});

test('property: a scrape of cells has the bytes of a scrape of points, in every format', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 3 }), (rounds) => {
      const { meter, read } = recording();
      const record: Record<string, (value: number, attributes: Attributes) => void> = {};
      for (const name of ['a.b', 'a_b']) {
        const counter = meter.createCounter(name);
        record[name] = (number, own) => counter.add(Math.abs(number), own);
      }
      const up = meter.createUpDownCounter('up', { unit: 's', description: 'goes\ndown' });
      record.up = (number, own) => up.add(number, own);
      const gauge = meter.createGauge('gauge');
      record.gauge = (number, own) => gauge.record(number, own);
      for (const [name, bounds] of [
        ['histogram', [-1, 0, 0.5, 10]],
        ['fine', [0.1, 1e6]],
      ] as const) {
        const histogram = meter.createHistogram(name, { advice: { explicitBucketBoundaries: [...bounds] } });
        record[name] = (number, own) => histogram.record(number, own);
      }
      const duration = meter.createHistogram(DURATION.name, { advice: adviceOf(DURATION) });
      record.duration = (number, own) => duration.record(number, own);
      const columns = translation(true);
      const points = translation(true);
      for (const round of rounds) {
        for (const one of round) record[one.metric]?.(one.value, one.attributes);
        const recorded = read();
        const metrics = served(recorded);
        const plain = served(withoutColumns(recorded));
        assert.deepEqual(pointsOf(metrics), pointsOf(plain));
        const [scraped, meant] = [columns.run(metrics), points.run(plain)];
        for (const { name, encode } of FORMATS) {
          assert.deepEqual(bytesOf(scraped, encode), bytesOf(meant, encode), name);
        }
        assert.deepEqual(columns.warnings, points.warnings);
      }
    }),
    { numRuns: 150 },
  );
});

test('a scrape takes counters, gauges and explicit histograms as cells, and what has more than values as points', () => {
  const { meter, read } = recording();
  meter.createCounter('counter').add(1);
  meter.createUpDownCounter('updown').add(1);
  meter.createGauge('gauge').record(1);
  meter.createHistogram('explicit').record(1);
  meter.createHistogram(DURATION.name, { advice: adviceOf(DURATION) }).record(1);
  meter.createHistogram('exponential', { advice: { exponential: true } }).record(1);
  const metrics = served(read()).scopeMetrics.flatMap((scope) => scope.metrics);
  assert.deepEqual(
    metrics.map((metric) => [metric.descriptor.name, columnsOf(metric) !== undefined]),
    [
      ['counter', true],
      ['updown', true],
      ['gauge', true],
      ['explicit', true],
      [DURATION.name, true],
      ['exponential', false],
    ],
  );
});

test('a scrape that is still being written keeps its series and values while the next one is made', () => {
  const { meter, read } = recording();
  const gauge = meter.createGauge('gauge');
  gauge.record(1, { id: 'a' });
  const { run } = translation();
  const [format] = scrapeFormats({});
  const first = run(read());
  const before = bytesOf(first, format.encode).toString();
  gauge.record(2, { id: 'a' });
  gauge.record(2, { id: 'b' });
  const second = bytesOf(run(read()), format.encode).toString();
  assert.equal(bytesOf(first, format.encode).toString(), before);
  assert.match(before, /^gauge\{id="a"\} 1$/m);
  assert.match(second, /^gauge\{id="a"\} 2\ngauge\{id="b"\} 2$/m);
});
