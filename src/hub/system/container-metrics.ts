import type { HostMetric } from './host-metric.ts';

const CPU_MODE = { 'cpu.mode': ['user', 'system'] } as const;

/**
 * Metrics of the process's control groups: `docs/system/container-metrics.md` of the conventions. That document
 * does not name limits, utilizations and throttling.
 */
export const CONTAINER_METRICS = {
  'container.cpu.time': {
    kind: 'counter',
    unit: 's',
    description: 'CPU time used by the control group whose CPU limit is the tightest, by mode.',
    attributes: CPU_MODE,
  },
  'container.cpu.limit': {
    kind: 'upDownCounter',
    unit: '{cpu}',
    description: 'CPUs that the control group may use at most: its limit, or else those it may run on.',
  },
  'container.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of the CPU limit that was used over the last 10 s.',
  },
  'container.cpu.periods': {
    kind: 'counter',
    unit: '{period}',
    integer: true,
    description: 'Scheduling periods in which the CPU limit was in force.',
  },
  'container.cpu.throttled_periods': {
    kind: 'counter',
    unit: '{period}',
    integer: true,
    description: 'Scheduling periods in which the CPU limit was reached.',
  },
  'container.cpu.throttled_time': {
    kind: 'counter',
    unit: 's',
    description: 'Time that threads were kept from running because the CPU limit was reached.',
  },
  'container.memory.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Memory of the control group whose memory limit is the tightest, caches of files included.',
  },
  'container.memory.working_set': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Memory of the control group without the inactive caches of files.',
  },
  'container.memory.limit': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: "Memory that the control group may use at most: its limit, or else the machine's memory.",
  },
  'container.memory.utilization': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of the memory limit that the working set takes.',
  },
} as const satisfies Readonly<Record<string, HostMetric>>;
