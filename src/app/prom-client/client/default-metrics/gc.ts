import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Histogram } from '../histogram.ts';
import type { LabelValues } from '../types.ts';
import { commonOf, type DefaultCollector } from './config.ts';

const BUCKETS: readonly number[] = [0.001, 0.01, 0.1, 1, 2, 5];

const KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

export const gc: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const durations = new Histogram({
    name: `${prefix}nodejs_gc_duration_seconds`,
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind', ...labelNames],
    buckets: config.gcDurationBuckets || [...BUCKETS],
    ...registers,
  });
  const observer = new PerformanceObserver((list) => {
    // prom-client counts the first of the entries alone.
    for (const entry of list.getEntries() as (PerformanceEntry & { readonly detail?: { kind: number } })[]) {
      const kind = KINDS.get(entry.detail?.kind ?? -1);
      durations.observe({ kind, ...labels } as LabelValues<string>, entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
};
