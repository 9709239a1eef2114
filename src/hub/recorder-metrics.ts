import type { Meter, MetricOptions } from '@opentelemetry/api';
import type { MetricDeclaration } from '../contract/declaration.ts';
import { metricOptions } from '../contract/metric-options.ts';
import { isOverflow } from './collect/cardinality.ts';
import type { SeriesRegistry } from './collect/series-registry.ts';

/** What the hub says of the application's recorders, by name. */
export const RECORDER_METRICS = {
  'pitot.series.overflow': {
    kind: 'observableGauge',
    unit: '{instrument}',
    integer: true,
    description:
      'Is 1 for each instrument that counts in `otel.metric.overflow` what is beyond its limit of series.',
    attributes: { 'pitot.instrument.name': 'string' },
  },
  'pitot.recorder.memory': {
    kind: 'observableUpDownCounter',
    unit: 'By',
    integer: true,
    description: 'Shared memory of the recorders: what series are in, and what is free for new ones.',
    attributes: { 'pitot.memory.state': ['used', 'free'] },
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

/** @param registries gives those of the recorders that there are, one a thread */
export function tellRecorders(meter: Meter, registries: () => Iterable<SeriesRegistry>): void {
  const overflow = 'pitot.series.overflow';
  meter.createObservableGauge(overflow, optionsOf(overflow)).addCallback((result) => {
    for (const { instruments } of registries()) {
      for (const { description, series } of instruments.values()) {
        if ([...series.values()].some(isOverflow))
          result.observe(1, { 'pitot.instrument.name': description.name });
      }
    }
  });
  const memory = 'pitot.recorder.memory';
  meter.createObservableUpDownCounter(memory, optionsOf(memory)).addCallback((result) => {
    let used = 0;
    let total = 0;
    for (const { memory } of registries()) {
      used += memory.used;
      total += memory.total;
    }
    result.observe(used, { 'pitot.memory.state': 'used' });
    result.observe(total - used, { 'pitot.memory.state': 'free' });
  });
}

function optionsOf(name: keyof typeof RECORDER_METRICS): MetricOptions {
  return metricOptions(RECORDER_METRICS[name]);
}
