import { isObject } from '../labels.ts';
import type { RegistryContentType } from '../types.ts';
import { processHandles, processRequests, processResources } from './active.ts';
import type { Config, DefaultCollector, DefaultMetricsCollectorConfiguration } from './config.ts';
import { eventLoopLag } from './event-loop-lag.ts';
import { gc } from './gc.ts';
import { heapSizeAndUsed, heapSpacesSizeAndUsed } from './heap.ts';
import {
  osMemoryHeap,
  processCpuTotal,
  processMaxFileDescriptors,
  processOpenFileDescriptors,
  processStartTime,
} from './process.ts';
import { version } from './version.ts';

/** In prom-client's order, which is that of the text. */
const COLLECTORS: Readonly<Record<string, DefaultCollector>> = {
  processCpuTotal,
  processStartTime,
  osMemoryHeap,
  processOpenFileDescriptors,
  processMaxFileDescriptors,
  eventLoopLag,
  processResources,
  processHandles,
  processRequests,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  version,
  gc,
};

/** Creates prom-client's metrics of the process and of Node.js, measured on the application's thread. */
export const collectDefaultMetrics: {
  <T extends RegistryContentType>(config?: DefaultMetricsCollectorConfiguration<T>): void;
  /** The names of all groups of metrics. */
  metricsList: string[];
} = Object.assign(collect, { metricsList: Object.keys(COLLECTORS) });

function collect<T extends RegistryContentType>(given?: DefaultMetricsCollectorConfiguration<T>): void {
  if (given !== null && given !== undefined && !isObject(given)) {
    throw new TypeError('config must be null, undefined, or an object');
  }
  const config = { eventLoopMonitoringPrecision: 10, ...given };
  for (const collector of Object.values(COLLECTORS)) collector(config.register, config as Config);
}
