import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, context, trace } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { adviceOf } from '../../../src/app/define/advice.ts';
import { fineBoundaries } from '../../../src/app/define/fine-durations.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { HTTP_CONTRACT } from '../../../src/contract/http.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { served } from '../../../src/hub/collect/served-histogram.ts';
import { snapshot } from '../../../src/hub/collect/snapshot.ts';
import { exemplarsOf, type PointWithExemplars } from '../../../src/model/exemplars.ts';
import { OWN_CONTRACTS } from '../../../src/reference/own.ts';

const metric = HTTP_CONTRACT.metrics.find(({ name }) => name === 'http.server.request.duration')!;

/** The duration of requests, as it is recorded and as readers outside of pitot get it. */
function durations(recorder: Recorder, values: readonly number[], given: Context = context.active()) {
  const registry = new SeriesRegistry();
  recorder.attach((message) => registry.apply(structuredClone(message)));
  const histogram = recorder.getMeter('test').createHistogram(metric.name, { advice: adviceOf(metric) });
  for (const value of values) histogram.record(value, {}, given);
  const scopeMetrics = snapshot(registry);
  const { scopeMetrics: servedMetrics } = served({ resource: emptyResource(), scopeMetrics });
  const [recorded, outside] = [scopeMetrics, servedMetrics].map((scopes) => {
    const point = scopes[0]?.metrics[0]?.dataPoints[0] as PointWithExemplars<Histogram>;
    return { point, ...point.value };
  });
  return { recorded: recorded!, outside: outside! };
}

test('durations are served with the boundaries of the conventions, and recorded in finer buckets', () => {
  const duration = fc.double({ min: 1e-6, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(duration, { minLength: 1 }), (values) => {
      const { recorded, outside } = durations(new Recorder(), values);
      const { boundaries, counts } = outside.buckets;
      assert.deepEqual(boundaries, metric.boundaries);
      assert.deepEqual(
        counts,
        [...boundaries, Number.POSITIVE_INFINITY].map(
          (bound, i) => values.filter((value) => value <= bound && value > (boundaries[i - 1] ?? -1)).length,
        ),
      );
      assert.deepEqual([outside.count, outside.sum], [recorded.count, recorded.sum]);
      assert.ok(recorded.buckets.boundaries.length > 40);
    }),
    { numRuns: 50 },
  );
});

test('HTTP, database and WebSocket durations are recorded finely, with all boundaries that they are served with', () => {
  const declared = OWN_CONTRACTS.flatMap(({ metrics }) => metrics);
  for (const name of [
    'http.server.request.duration',
    'http.client.request.duration',
    'db.client.operation.duration',
    'websocket.server.process.duration',
  ]) {
    const { boundaries = [] } = declared.find((each) => each.name === name) ?? {};
    const fine = fineBoundaries(name) ?? [];
    assert.ok(boundaries.length > 0, name);
    assert.deepEqual(
      fine.filter((each) => boundaries.includes(each)),
      boundaries,
      name,
    );
  }
});

test('a bucket is at most 1.67 times as wide as its lower boundary, so that quantiles are known', () => {
  const { recorded } = durations(new Recorder(), [0.0002]);
  const { boundaries } = recorded.buckets;
  assert.deepEqual([boundaries[0], boundaries.at(-1)], [1e-5, 75]);
  for (const [i, bound] of boundaries.entries()) assert.ok(i === 0 || bound / boundaries[i - 1]! < 1.67);
});

test('a view that chooses other boundaries has them in the cells too', () => {
  const recorder = new Recorder();
  recorder.configure({
    views: [{ selector: { instrumentName: metric.name }, aggregation: { boundaries: [0.3, 3] } }],
  });
  const { recorded, outside } = durations(recorder, [0.0002, 1]);
  assert.deepEqual(recorded.buckets, { boundaries: [0.3, 3], counts: [1, 1, 0] });
  assert.deepEqual(outside.buckets, recorded.buckets);
});

test('readers outside get one exemplar of each bucket that they see', () => {
  const recorder = new Recorder();
  const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
  recorder.configure({ exemplarFilter: 'always_on' });
  const inSpan = trace.setSpanContext(context.active(), span);
  const { outside } = durations(recorder, [0.0002, 0.001, 0.004, 0.3], inSpan);
  assert.deepEqual(
    exemplarsOf(outside.point).map(({ value }) => value),
    [0.004, 0.3],
  );
});
