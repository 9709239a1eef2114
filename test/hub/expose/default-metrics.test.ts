import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { createDefaultMetrics } from '../../../src/hub/expose/default-metrics.ts';
import { TRANSLATION_STRATEGIES, type TranslationStrategy } from '../../../src/naming/naming.ts';
import { counter, gauge, histogram, resourceMetrics, scope, upDownCounter } from './helpers/metrics.ts';
import { samplesOf } from './helpers/translated.ts';

const OWN = [
  scope(
    'pitot/host',
    counter(
      { name: 'process.cpu.time', unit: 's' },
      [{ 'cpu.mode': 'user' }, 3],
      [{ 'cpu.mode': 'system' }, 1],
    ),
    upDownCounter({ name: 'process.unix.file_descriptor.count' }, [{}, 20]),
  ),
  scope(
    'pitot/runtime',
    upDownCounter({ name: 'nodejs_active_handles_total' }, [{}, 3]),
    upDownCounter(
      { name: 'v8js.memory.heap.used', unit: 'By' },
      [{ 'v8js.heap.space.name': 'old_space' }, 5],
      [{ 'v8js.heap.space.name': 'new_large_object_space' }, 1],
    ),
  ),
];

const SERVED = {
  'process_cpu_user_seconds_total{}': 3,
  'process_cpu_system_seconds_total{}': 1,
  'process_cpu_seconds_total{}': 4,
  'process_open_fds{}': 20,
  'nodejs_active_handles_total{}': 3,
  'nodejs_heap_size_used_bytes{}': 6,
  'nodejs_heap_space_size_used_bytes{space="old"}': 5,
  'nodejs_heap_space_size_used_bytes{space="new_large_object"}': 1,
};

/** The exposition of these metrics, without the version of this Node.js. */
function served(scopes: readonly ScopeMetrics[], strategy?: TranslationStrategy) {
  const metrics = createDefaultMetrics('prom-client')(resourceMetrics({}, ...scopes));
  const all = samplesOf(metrics, true, { ...(strategy && { strategy }), escaping: 'allow-utf-8' });
  return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('nodejs_version_info')));
}

for (const strategy of TRANSLATION_STRATEGIES) {
  test(`prom-client's names are the same under every translation strategy (${strategy})`, () => {
    assert.deepEqual(served(OWN, strategy), SERVED);
  });
}

test('active resources of all processes and threads are added up, and lags stay apart', () => {
  const runtime = scope(
    'pitot/runtime',
    gauge(
      { name: 'v8js.resource.active' },
      [{ 'v8js.resource.type': 'Timeout', 'process.pid': 7 }, 2],
      [{ 'v8js.resource.type': 'Timeout', 'process.pid': 8, 'thread.id': 1 }, 1],
      [{ 'v8js.resource.type': 'TTYWrap', 'process.pid': 8 }, 0],
    ),
    gauge(
      { name: 'nodejs.eventloop.delay.p99', unit: 's' },
      [{ 'process.pid': 7 }, 0.5],
      [{ 'process.pid': 8 }, 0.25],
    ),
  );
  assert.deepEqual(served([runtime]), {
    'nodejs_active_resources{type="Timeout"}': 3,
    'nodejs_active_resources_total{}': 3,
    'nodejs_eventloop_lag_p99_seconds{process_pid="7"}': 0.5,
    'nodejs_eventloop_lag_p99_seconds{process_pid="8"}': 0.25,
  });
});

test("a metric of the application's under a name of prom-client's is served, and pitot's is not", () => {
  const application = scope('prom-client', counter({ name: 'process_cpu_seconds_total' }, [{}, 9]));
  const { 'process_cpu_seconds_total{}': _, ...others } = SERVED;
  assert.deepEqual(served([...OWN, application]), {
    ...others,
    'process_cpu_seconds_total{otel_scope_name="prom-client"}': 9,
  });
});

test('every scrape has the same attributes object for a series, so that its labels are made once', () => {
  const withDefaults = createDefaultMetrics('both');
  const input = resourceMetrics(
    {},
    ...OWN,
    scope(
      'pitot/runtime',
      histogram({ name: 'v8js.gc.duration', unit: 's' }, [
        { 'v8js.gc.type': 'minor' },
        { boundaries: [0.001], counts: [1, 2], sum: 1 },
      ]),
    ),
  );
  const attributes = () =>
    withDefaults(input).scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints.map((point) => point.attributes)),
    );
  const [first, second] = [attributes(), attributes()];
  assert.equal(first.length, second.length);
  assert.ok(first.every((one, i) => one === second[i]));
});
