import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { nanoseconds } from '../../base/clock.ts';
import { isBun, isDeno } from '../../base/runtime.ts';
import { PROM_CLIENT_GC_BOUNDARIES } from '../../contract/prom-client-defaults.ts';
import { DELAY_RESOLUTION_MS, RUNTIME_NODE_METRICS as METRICS } from '../../contract/runtime-node.ts';
import { recordPromClientDefaults } from './prom-client-defaults.ts';
import type { Source } from './source.ts';

type Name = keyof typeof METRICS;
type NameOf<Kind> = { [K in Name]: (typeof METRICS)[K]['kind'] extends Kind ? K : never }[Name];
type ObservableName = NameOf<'observableGauge' | 'observableCounter' | 'observableUpDownCounter'>;
type Observe = (name: ObservableName, value: number, attributes?: Readonly<Record<string, string>>) => void;

/** The entry by which Node.js reports a garbage collection. (perf_hooks, `performanceNodeEntry.detail`) */
type Collection = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

export interface RuntimeOptions {
  /** Whether the endpoint serves prom-client's default metrics (`PITOT_DEFAULT_METRICS`). */
  readonly hasPromClientNames: boolean;
}

/** With fewer samples since the last collection, the source repeats the values of the last one. */
const MIN_DELAY_SAMPLES = 5;
const NANOSECONDS_PER_SECOND = 1e9;
const NANOSECONDS_PER_MILLISECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1e3;

const GC_TYPES: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/**
 * The runtime: delay, time and utilisation of the event loop (`nodejs.eventloop.*`), and garbage collection, heap and
 * active resources (`v8js.*`). Its metrics are those of `@opentelemetry/instrumentation-runtime-node`. pitot does not
 * use that package, because it takes longer to load than everything else at the start: see `bench/boot.ts`.
 */
export function runtimeNode({ hasPromClientNames }: RuntimeOptions): Source {
  return {
    name: 'runtime-node',
    packages: [],
    replaces: {
      scope: '@opentelemetry/instrumentation-runtime-node',
      // `v8js.memory.heap.limit` is the earlier name of `v8js.memory.heap.space.size`.
      metrics: [...Object.keys(METRICS), 'v8js.memory.heap.limit'],
    },
    start(meterProvider, measuring) {
      measuring?.();
      const meter = meterProvider.getMeter('pitot/runtime');
      const stopCollections = recordCollections(meter, hasPromClientNames ? PROM_CLIENT_GC_BOUNDARIES : []);
      const stopDefaults = hasPromClientNames ? recordPromClientDefaults(meter) : undefined;
      const delays = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
      delays.enable();
      const types = new Set<string>();
      const loopTimes = eventLoopTimes();
      let last = loopTimes();
      let lastDelays: Delays = [];

      function observeLoopTimes(observe: Observe): void {
        const { active, idle } = loopTimes();
        const since = active - last.active + idle - last.idle;
        observe('nodejs.eventloop.utilization', since > 0 ? (active - last.active) / since : 0);
        observe('nodejs.eventloop.time', active / MILLISECONDS_PER_SECOND, ACTIVE);
        observe('nodejs.eventloop.time', idle / MILLISECONDS_PER_SECOND, IDLE);
        last = { active, idle };
      }

      function observeDelays(observe: Observe): void {
        if (delays.count >= MIN_DELAY_SAMPLES) {
          lastDelays = delaysOf(delays);
          delays.reset();
        }
        for (const [name, value] of lastDelays) observe(name, value / NANOSECONDS_PER_SECOND);
      }

      /** A type that is gone gets the value 0, because it may come back. */
      function observeResources(observe: Observe): void {
        const active = process.getActiveResourcesInfo();
        for (const type of active) types.add(type);
        for (const type of types) {
          const count = active.filter((each) => each === type).length;
          observe('v8js.resource.active', count, { 'v8js.resource.type': type });
        }
      }

      const stopObserving = observeTogether(meter, (observe) => {
        // Bun and Deno do not measure when the event loop is idle: Bun always tells 1 ms, Deno tells nothing.
        if (!isBun && !isDeno) observeLoopTimes(observe);
        observeDelays(observe);
        // Bun's engine has no spaces of V8's heap. It tells the whole heap as one of them, and 0 for the others.
        if (!isBun) observeHeap(observe);
        observeResources(observe);
      });
      return () => {
        stopObserving();
        stopCollections();
        stopDefaults?.();
        delays.disable();
      };
    },
  };
}

/**
 * Returns a function that tells for how many milliseconds the event loop was active and idle. It does what
 * `performance.eventLoopUtilization()` does, on a clock that no test replaces.
 */
function eventLoopTimes(): () => { readonly active: number; readonly idle: number } {
  const { nodeTiming } = performance;
  const timeOrigin = nanoseconds() - BigInt(Math.round(performance.now() * NANOSECONDS_PER_MILLISECOND));
  return () => {
    const { loopStart, idleTime: idle } = nodeTiming;
    // The loop has not begun to turn.
    if (loopStart < 0) return { active: 0, idle: 0 };
    const now = Number(nanoseconds() - timeOrigin) / NANOSECONDS_PER_MILLISECOND;
    return { active: Math.max(0, now - loopStart - idle), idle };
  };
}

type Delays = readonly (readonly [name: ObservableName, nanoseconds: number])[];

function delaysOf(delays: ReturnType<typeof monitorEventLoopDelay>): Delays {
  return [
    ['nodejs.eventloop.delay.min', delays.min],
    ['nodejs.eventloop.delay.max', delays.max],
    ['nodejs.eventloop.delay.mean', delays.mean],
    ['nodejs.eventloop.delay.stddev', delays.stddev],
    ['nodejs.eventloop.delay.p50', delays.percentile(50)],
    ['nodejs.eventloop.delay.p90', delays.percentile(90)],
    ['nodejs.eventloop.delay.p99', delays.percentile(99)],
  ];
}

const ACTIVE = { 'nodejs.eventloop.state': 'active' };
const IDLE = { 'nodejs.eventloop.state': 'idle' };

function observeHeap(observe: Observe): void {
  // Here and not at the start, because Node.js loads ten modules of its own with it.
  const { getHeapSpaceStatistics } = process.getBuiltinModule('node:v8');
  for (const space of getHeapSpaceStatistics()) {
    const attributes = { 'v8js.heap.space.name': space.space_name };
    observe('v8js.memory.heap.space.size', space.space_size, attributes);
    observe('v8js.memory.heap.used', space.space_used_size, attributes);
    observe('v8js.memory.heap.space.available_size', space.space_available_size, attributes);
    observe('v8js.memory.heap.space.physical_size', space.physical_space_size, attributes);
  }
}

/**
 * Records each garbage collection. Returns a function that stops this.
 *
 * @param further boundaries of cells, besides those of the served buckets
 */
function recordCollections(meter: Meter, further: readonly number[]): () => void {
  const { unit, description, boundaries } = METRICS['v8js.gc.duration'];
  const cellBoundaries = [...new Set([...boundaries, ...further])].sort((a, b) => a - b);
  const advice = { explicitBucketBoundaries: [...boundaries], limits: { cellBoundaries } };
  const durations = meter.createHistogram('v8js.gc.duration', { unit, description, advice });
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as Collection[]) {
      const type = GC_TYPES.get(detail?.kind);
      if (type !== undefined) durations.record(duration / MILLISECONDS_PER_SECOND, { 'v8js.gc.type': type });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

/** Observes all observables in one callback. Returns a function that stops this. */
function observeTogether(meter: Meter, callback: (observe: Observe) => void): () => void {
  const observables = new Map<Name, Observable>();
  for (const [name, declaration] of Object.entries(METRICS) as [Name, (typeof METRICS)[Name]][]) {
    const { kind, unit, description } = declaration;
    const options = { unit, description };
    if (kind === 'observableGauge') observables.set(name, meter.createObservableGauge(name, options));
    if (kind === 'observableCounter') observables.set(name, meter.createObservableCounter(name, options));
    if (kind === 'observableUpDownCounter') {
      observables.set(name, meter.createObservableUpDownCounter(name, options));
    }
  }
  const observe = (result: BatchObservableResult) => {
    callback((name, value, attributes) => {
      const observable = observables.get(name);
      if (observable !== undefined) result.observe(observable, value, attributes);
    });
  };
  const all = [...observables.values()];
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}
