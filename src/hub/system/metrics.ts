import type { Attributes } from '@opentelemetry/api';
import { CONTAINER_METRICS } from './container-metrics.ts';
import { PROCESS_METRICS } from './process-metrics.ts';
import { SYSTEM_METRICS } from './system-metrics.ts';

/**
 * All metrics of the process, its container and its machine. Names, kinds, units and attributes are those of
 * the semantic conventions. Where these name none, pitot follows their rules (`docs/general/naming.md`,
 * "Instrument naming": limit, usage, utilization).
 *
 * A metric without a number on a machine does not exist there; most such metrics are missing outside Linux.
 */
export const HOST_METRICS = { ...PROCESS_METRICS, ...CONTAINER_METRICS, ...SYSTEM_METRICS };

export type HostMetricName = keyof typeof HOST_METRICS;

/**
 * Reports the present value of a metric. NaN stands for a number that could not be read and is not reported,
 * so that a fault affects only its own series.
 */
export type Observe = (name: HostMetricName, value: number, attributes?: Attributes) => void;
