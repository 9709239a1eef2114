import type { HostMetric } from './metrics.ts';

const CPU_MODE = ['cpu.mode'];

/**
 * What is said of the process: `docs/system/process-metrics.md`. The limit of file descriptors is not
 * named there.
 */
export const PROCESS_METRICS = {
  'process.cpu.time': {
    kind: 'counter',
    unit: 's',
    isFractional: true,
    description: 'CPU time the process has used, by mode.',
    attributes: CPU_MODE,
  },
  'process.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
    isFractional: true,
    description: 'Share of the CPUs available to the process that it used over the last 10 s, by mode.',
    attributes: CPU_MODE,
  },
  'process.memory.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Physical memory in use by the process (resident set).',
  },
  'process.memory.virtual': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Virtual memory of the process.',
  },
  'process.disk.io': {
    kind: 'counter',
    unit: 'By',
    description: 'Bytes the process has caused to be read from and written to storage.',
    attributes: ['disk.io.direction'],
  },
  'process.thread.count': {
    kind: 'upDownCounter',
    unit: '{thread}',
    description: 'Threads of the process.',
  },
  'process.unix.file_descriptor.count': {
    kind: 'upDownCounter',
    unit: '{file_descriptor}',
    description: 'File descriptors the process has open.',
  },
  'process.unix.file_descriptor.limit': {
    kind: 'upDownCounter',
    unit: '{file_descriptor}',
    description: 'File descriptors the process may have open at most (soft limit).',
  },
  'process.context_switches': {
    kind: 'counter',
    unit: '{context_switch}',
    description: 'Times a thread of the process was switched away from, by whether it chose to.',
    attributes: ['process.context_switch.type'],
  },
  'process.paging.faults': {
    kind: 'counter',
    unit: '{fault}',
    description: 'Page faults of the process; a major one had to wait for storage.',
    attributes: ['system.paging.fault.type'],
  },
  'process.uptime': {
    kind: 'gauge',
    unit: 's',
    isFractional: true,
    description: 'Time since the process started.',
  },
} as const satisfies Readonly<Record<string, HostMetric>>;
