import type { HostMetric } from './host-metric.ts';

const CPU_MODE = { 'cpu.mode': ['user', 'system'] } as const;

/**
 * Metrics of the process: `docs/system/process-metrics.md` of the conventions. That document does not name the
 * limit of file descriptors, nor the start time, which Prometheus' guidelines for client libraries want as
 * `process_start_time_seconds` ("Process metrics").
 */
export const PROCESS_METRICS = {
  'process.cpu.time': {
    kind: 'counter',
    unit: 's',
    description: 'CPU time the process has used, by mode.',
    attributes: CPU_MODE,
  },
  'process.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
    description: 'Share of the CPUs available to the process that it used over the last 10 s, by mode.',
    attributes: CPU_MODE,
  },
  'process.memory.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Physical memory in use by the process (resident set).',
  },
  'process.memory.virtual': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Virtual memory of the process.',
  },
  process_heap_bytes: {
    kind: 'upDownCounter',
    unit: '',
    integer: true,
    description:
      "Data segment of the process (`VmData`), by prom-client's name. Only with `PITOT_DEFAULT_METRICS` other than " +
      '`opentelemetry`.',
  },
  'process.disk.io': {
    kind: 'counter',
    unit: 'By',
    integer: true,
    description: 'Bytes the process has caused to be read from and written to storage.',
    attributes: { 'disk.io.direction': ['read', 'write'] },
  },
  'process.thread.count': {
    kind: 'upDownCounter',
    unit: '{thread}',
    integer: true,
    description: 'Threads of the process.',
  },
  'process.unix.file_descriptor.count': {
    kind: 'upDownCounter',
    unit: '{file_descriptor}',
    integer: true,
    description: 'File descriptors the process has open.',
  },
  'process.unix.file_descriptor.limit': {
    kind: 'upDownCounter',
    unit: '{file_descriptor}',
    integer: true,
    description: 'File descriptors the process may have open at most (soft limit).',
  },
  'process.context_switches': {
    kind: 'counter',
    unit: '{context_switch}',
    integer: true,
    description: 'Times a thread of the process was switched away from, by whether it chose to.',
    attributes: { 'process.context_switch.type': ['voluntary', 'involuntary'] },
  },
  'process.paging.faults': {
    kind: 'counter',
    unit: '{fault}',
    integer: true,
    description: 'Page faults of the process; a major one had to wait for storage.',
    attributes: { 'system.paging.fault.type': ['minor', 'major'] },
  },
  'process.uptime': {
    kind: 'gauge',
    unit: 's',
    description: 'Time since the process started.',
  },
  'process.start_time': {
    kind: 'gauge',
    unit: 's',
    description: 'Start time of the process, in seconds since the Unix epoch.',
  },
} as const satisfies Readonly<Record<string, HostMetric>>;
