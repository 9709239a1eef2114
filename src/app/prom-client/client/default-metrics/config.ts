import type { Labels } from '../labels.ts';
import type { Registry } from '../registry.ts';
import type { LabelValues, RegistryContentType } from '../types.ts';

/** Options of `collectDefaultMetrics`. */
export interface DefaultMetricsCollectorConfiguration<T extends RegistryContentType> {
  /** The global registry by default. */
  register?: Registry<T>;
  /** Begins the name of every metric. */
  prefix?: string;
  /** Upper bounds of the buckets of `nodejs_gc_duration_seconds`. */
  gcDurationBuckets?: number[];
  /** How often the delay of the event loop is sampled, in milliseconds; 10 by default. */
  eventLoopMonitoringPrecision?: number;
  /** Labels of every metric. */
  labels?: object;
}

/** A configuration, whatever the type of its registry is. */
export interface Config {
  readonly prefix?: string;
  readonly labels?: object;
  readonly gcDurationBuckets?: number[];
  readonly eventLoopMonitoringPrecision?: number;
  readonly enableExemplars?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the registry may have either content type
export type AnyRegistry = Registry<any>;

/** Creates metrics of one subject in a registry, the global one by default. */
export type DefaultCollector = (registry?: AnyRegistry, config?: Config) => void;

/** The common options of a collector's metrics. */
export function commonOf(registry: AnyRegistry | undefined, { prefix, labels = {} }: Config) {
  return {
    prefix: prefix || '',
    labels: (labels ?? {}) as LabelValues<string>,
    labelNames: Object.keys((labels ?? {}) as Labels),
    registers: registry ? { registers: [registry] } : {},
  };
}
