import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { adviceOf } from '../../../src/app/define/advice.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { linesOf } from '../../../src/cli/top/top-view.ts';
import { HTTP_CONTRACT } from '../../../src/contract/http.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { format, formatQuantile } from '../../../src/hub/page/format.ts';
import type { Frame, Quantile, RowView } from '../../../src/hub/page/wire.ts';
import { createFleet } from '../processes/helpers/fleet.ts';
import { requests, routesOf, sampled } from './helpers/ring.ts';
import { eventsOf } from './helpers/served.ts';

/** The ratio of the bounds of the widest cell: a quantile is off by no more. */
const CELL = 2.5 / 1.5;
const SCREEN = { columns: 120, rows: undefined, hasColour: false, order: 'rate', notice: undefined } as const;

const metric = HTTP_CONTRACT.metrics.find(({ name }) => name === 'http.server.request.duration')!;
const ROUTE = { 'http.request.method': 'GET', 'http.route': '/', 'http.response.status_code': 200 };

/** The page's frame after a minute in which requests took this long, in seconds. */
function frameOf(durations: readonly number[]): Frame {
  const recorder = new Recorder();
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(structuredClone(message)));
  const histogram = recorder.getMeter('test').createHistogram(metric.name, {
    unit: metric.unit,
    advice: adviceOf(metric),
  });
  const metrics = (): MetricData[] => snapshot(registry).flatMap((scope) => scope.metrics);
  const service = sampled();
  histogram.record(1e-3, ROUTE);
  service.tick(...metrics());
  for (const duration of durations) histogram.record(duration, ROUTE);
  return service.tick(...metrics());
}

function trueQuantile(q: number, values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.ceil(q * values.length) - 1]!;
}

const QUANTILES = [
  ['p50', 0.5],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

const shown = (text: string) => text.replaceAll('\u202f', ' ');

test('p50, p95 and p99 of durations from 20 µs to 20 s are right within 20 %, on the page and in pitot top', () => {
  // Evenly spread over the six decades.
  const durations = Array.from({ length: 20_000 }, (_, i) => 20e-6 * 1e6 ** (i / 19_999));
  const frame = frameOf(durations);
  const row = routesOf(frame).get('/')!;
  for (const [name, q] of QUANTILES) {
    const found = row[name];
    const expected = trueQuantile(q, durations);
    assert.equal(found.bound, undefined);
    assert.ok(Math.abs((found.value ?? 0) / expected - 1) < 0.2, `${name} ${found.value} for ${expected}`);
    assert.deepEqual(frame.overview[name], found);
  }
  const mean = durations.reduce((sum, each) => sum + each, 0) / durations.length;
  assert.ok(Math.abs((row.mean ?? 0) / mean - 1) < 1e-9);
  const line = shown(linesOf(frame, SCREEN).find((each) => each.startsWith('GET')) ?? '');
  const texts = [format(row.mean, 's'), ...QUANTILES.map(([name]) => formatQuantile(row[name], 's'))];
  assert.ok(line.replace(/ {2,}/g, '  ').includes(texts.map(shown).join('  ')), line);
});

test('whatever the durations are, a quantile is right to within its cell', () => {
  const duration = fc.double({ min: 20e-6, max: 20, noNaN: true });
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1, maxLength: 200 }), (durations) => {
      const row = routesOf(frameOf(durations)).get('/')!;
      for (const [name, q] of QUANTILES) {
        const ratio = (row[name].value ?? 0) / trueQuantile(q, durations);
        assert.ok(ratio <= CELL * 1.000001 && ratio >= 1 / CELL / 1.000001, `${name}: ${ratio}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('a quantile in a bucket that is open on one side is a bound in table and legend, and no line goes through it', () => {
  const service = sampled();
  const buckets = (...counts: number[]) => ({ boundaries: [0.005, 10], counts, sum: counts[0]! / 1000 });
  service.tick(requests(['/', 0, 200, buckets(0, 0, 0)]));
  const frame = service.tick(requests(['/', 0, 200, buckets(90, 0, 10)]));
  const row: RowView = routesOf(frame).get('/')!;
  const texts = ([row.p50, row.p95, row.p99] as Quantile[]).map((each) => shown(formatQuantile(each, 's')));
  assert.deepEqual(texts, ['≤ 5 ms', '> 10 s', '> 10 s']);
  const latency = frame.sections[0]?.charts.find(({ id }) => id === 'http-latency');
  const points = latency?.lines.map(({ id, label }) => [label, frame.points[id]?.at(-1)]);
  assert.deepEqual(points, [
    ['p50', null],
    ['p95', null],
    ['p99', null],
    ['mean', 0.0009],
  ]);
  const legend = latency?.lines.map(({ newest }) => newest && shown(formatQuantile(newest, 's')));
  assert.deepEqual(legend, ['≤ 5 ms', '> 10 s', '> 10 s', undefined]);
  assert.match(shown(linesOf(frame, SCREEN).join('\n')), /≤ 5 ms +> 10 s +> 10 s/);
});

test('the fine cells of all threads and processes of a service are on its page', async (t) => {
  const fleet = await createFleet(t);
  const start = () => fleet.start({ args: ['test/hub/page/fixtures/recording.mjs'] });
  const leader = await start();
  await leader.endpoint();
  const follower = await start();
  await follower.line(/^listening on (\d+)$/);
  const events = eventsOf(t, `http://127.0.0.1:${fleet.port}/page/events`);
  await events.next();
  await Promise.all([leader.ask('/record'), follower.ask('/record')]);
  // Each process has two threads, each with 99 requests between 100 and 150 µs, and one between 2.5 and 3.5 s.
  for (;;) {
    const { value } = await events.next();
    const row = routesOf(value.frame).get('/fine');
    if (row === undefined || row.total < 400) continue;
    assert.equal(row.total, 400);
    for (const { value, bound } of [row.p50, row.p95]) {
      assert.equal(bound, undefined);
      assert.ok(value !== null && value > 1e-4 && value <= 1.5e-4, `${value}`);
    }
    assert.ok(Math.abs((row.mean ?? 0) - (99 * 120e-6 + 3) / 100) < 1e-9);
    return;
  }
});
