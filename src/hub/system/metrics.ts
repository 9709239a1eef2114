import type { Attributes } from '@opentelemetry/api';
import { CONTAINER_METRICS } from './container-metrics.ts';
import { PROCESS_METRICS } from './process-metrics.ts';
import { SYSTEM_METRICS } from './system-metrics.ts';

/**
 * Everything that is said of the process, its container and its machine. Names, kinds, units and
 * attributes are those of the semantic conventions; what they do not name is built by their rules
 * (`docs/general/naming.md`, "Instrument naming": limit, usage, utilization).
 *
 * What has no number on a machine, most of it outside Linux, does not exist there.
 */
export const HOST_METRICS = { ...PROCESS_METRICS, ...CONTAINER_METRICS, ...SYSTEM_METRICS };

export type HostMetricName = keyof typeof HOST_METRICS;

/**
 * Says what a metric's value is now. A number that could not be read is NaN, and then nothing is said:
 * a fault costs its own series and no other.
 */
export type Observe = (name: HostMetricName, value: number, attributes?: Attributes) => void;
