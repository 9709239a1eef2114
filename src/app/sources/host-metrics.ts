import type { Source } from './source.ts';

const METRICS = [
  'process.cpu.time',
  'process.cpu.utilization',
  'process.memory.usage',
  'system.cpu.time',
  'system.cpu.utilization',
  'system.memory.usage',
  'system.memory.utilization',
];
/** The hub reads these from the kernel's files. */
const LINUX_METRICS = ['system.network.dropped', 'system.network.errors', 'system.network.io'];

/** The hub measures the process, its container and its machine. This source only silences the official package. */
export const hostMetrics: Source = {
  name: 'host-metrics',
  packages: [],
  replaces: {
    scope: '@opentelemetry/host-metrics',
    metrics: process.platform === 'linux' ? [...METRICS, ...LINUX_METRICS] : METRICS,
  },
  start(_meterProvider, measuring) {
    measuring?.();
    return () => {};
  },
};
