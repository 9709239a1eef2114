import type { HostMetric } from './metrics.ts';

const CPU_MODE = ['cpu.mode'];
const DISK = ['system.device', 'disk.io.direction'];
const INTERFACE = ['network.interface.name', 'network.io.direction'];
const FILE_SYSTEM = [
  'system.device',
  'system.filesystem.mountpoint',
  'system.filesystem.type',
  'system.filesystem.mode',
];
const FILE_SYSTEM_STATE = ['system.filesystem.state', ...FILE_SYSTEM];
const MEMORY_STATE = ['system.memory.state'];

/**
 * What is said of the machine: `docs/system/system-metrics.md`. The load averages follow its example for
 * numbers that mean something else on each system.
 */
export const SYSTEM_METRICS = {
  'system.uptime': {
    kind: 'gauge',
    unit: 's',
    isFractional: true,
    description: 'Time since the machine started.',
  },
  'system.cpu.logical.count': {
    kind: 'upDownCounter',
    unit: '{cpu}',
    description: 'Logical CPUs of the machine.',
  },
  'system.cpu.time': {
    kind: 'counter',
    unit: 's',
    isFractional: true,
    description: "Time the machine's CPUs spent in each mode, summed over the CPUs.",
    attributes: CPU_MODE,
  },
  'system.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
    isFractional: true,
    description: "Share of the machine's CPU time spent in each mode over the last 10 s.",
    attributes: CPU_MODE,
  },
  'system.linux.cpu.load_1m': load('1 minute'),
  'system.linux.cpu.load_5m': load('5 minutes'),
  'system.linux.cpu.load_15m': load('15 minutes'),
  'system.darwin.cpu.load_1m': load('1 minute'),
  'system.darwin.cpu.load_5m': load('5 minutes'),
  'system.darwin.cpu.load_15m': load('15 minutes'),
  'system.memory.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Memory of the machine, by state.',
    attributes: MEMORY_STATE,
  },
  'system.memory.limit': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Memory that the machine has.',
  },
  'system.memory.utilization': {
    kind: 'gauge',
    unit: '1',
    isFractional: true,
    description: "Share of the machine's memory, by state.",
    attributes: MEMORY_STATE,
  },
  'system.memory.linux.available': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Estimate of the memory that can still be used without swapping.',
  },
  'system.paging.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    description: 'Swap space of the machine, by state.',
    attributes: ['system.paging.state'],
  },
  'system.disk.io': {
    kind: 'counter',
    unit: 'By',
    description: 'Bytes transferred, by disk.',
    attributes: DISK,
  },
  'system.disk.operations': {
    kind: 'counter',
    unit: '{operation}',
    description: 'Reads and writes completed, by disk.',
    attributes: DISK,
  },
  'system.disk.io_time': {
    kind: 'counter',
    unit: 's',
    isFractional: true,
    description: 'Time a disk was busy.',
    attributes: ['system.device'],
  },
  'system.filesystem.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    description: "Space of the working directory's file system, by state.",
    attributes: FILE_SYSTEM_STATE,
  },
  'system.filesystem.limit': {
    kind: 'upDownCounter',
    unit: 'By',
    description: "Size of the working directory's file system.",
    attributes: FILE_SYSTEM,
  },
  'system.filesystem.utilization': {
    kind: 'gauge',
    unit: '1',
    isFractional: true,
    description: "Share of the working directory's file system, by state.",
    attributes: FILE_SYSTEM_STATE,
  },
  'system.network.io': {
    kind: 'counter',
    unit: 'By',
    description: 'Bytes received and transmitted, by interface.',
    attributes: INTERFACE,
  },
  'system.network.packet.count': {
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets received and transmitted, by interface.',
    // The conventions name the interface of this one metric so.
    attributes: ['system.device', 'network.io.direction'],
  },
  'system.network.packet.dropped': {
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets dropped without there being an error, by interface.',
    attributes: INTERFACE,
  },
  'system.network.errors': {
    kind: 'counter',
    unit: '{error}',
    description: 'Errors in receiving and transmitting, by interface.',
    attributes: INTERFACE,
  },
} as const satisfies Readonly<Record<string, HostMetric>>;

function load(span: string) {
  return {
    kind: 'gauge',
    unit: '{run_queue_item}',
    isFractional: true,
    description: `Processes running or waiting to run, on average over ${span}.`,
  } as const;
}
