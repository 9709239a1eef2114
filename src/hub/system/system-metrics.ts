import type { HostMetric } from './host-metric.ts';

const CPU_MODE = {
  'cpu.mode': {
    values: ['user', 'nice', 'system', 'idle', 'iowait', 'interrupt', 'steal'],
    description: 'Which of them there are depends on the system.',
  },
} as const;
const DEVICE = { 'system.device.name': { type: 'string', description: "The disk's name." } } as const;
const DISK = { ...DEVICE, 'disk.io.direction': ['read', 'write'] } as const;
const DIRECTION = { 'network.io.direction': ['receive', 'transmit'] } as const;
const INTERFACE = { 'network.interface.name': 'string', ...DIRECTION } as const;
/** Only known on Linux. */
const FILE_SYSTEM = {
  'system.device.name': { type: 'string', optional: true, description: 'What is mounted.' },
  'system.filesystem.mountpoint': { type: 'string', optional: true },
  'system.filesystem.type': { type: 'string', optional: true, description: '`ext4`, `overlay` and so on.' },
  'system.filesystem.mode': { type: 'string', optional: true, known: ['rw', 'ro'] },
} as const;
const FILE_SYSTEM_STATE = {
  'system.filesystem.state': {
    values: ['used', 'free', 'reserved'],
    description: '`reserved` is kept for the superuser.',
  },
  ...FILE_SYSTEM,
} as const;
const MEMORY_STATE = {
  'system.memory.state': {
    values: ['used', 'free', 'cached', 'buffers'],
    description:
      'Used memory is what is not available, as the conventions say; caches are in neither used nor free.',
  },
} as const;

/**
 * Metrics of the machine: `docs/system/system-metrics.md` of the conventions. The load averages follow that
 * document's example for numbers with another meaning on each system.
 */
export const SYSTEM_METRICS = {
  'system.uptime': {
    kind: 'gauge',
    unit: 's',
    description: 'Time since the machine started.',
  },
  'system.cpu.logical.count': {
    kind: 'upDownCounter',
    unit: '{cpu}',
    integer: true,
    description: 'Logical CPUs of the machine.',
  },
  'system.cpu.time': {
    kind: 'counter',
    unit: 's',
    description: "Time the machine's CPUs spent in each mode, summed over the CPUs.",
    attributes: CPU_MODE,
  },
  'system.cpu.utilization': {
    kind: 'gauge',
    unit: '1',
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
    integer: true,
    description: 'Memory of the machine, by state.',
    attributes: MEMORY_STATE,
  },
  'system.memory.limit': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Memory that the machine has.',
  },
  'system.memory.utilization': {
    kind: 'gauge',
    unit: '1',
    description: "Share of the machine's memory, by state.",
    attributes: MEMORY_STATE,
  },
  'system.memory.linux.available': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Estimate of the memory that can still be used without swapping.',
  },
  'system.paging.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: 'Swap space of the machine, by state.',
    attributes: { 'system.paging.state': ['used', 'free'] },
  },
  'system.disk.io': {
    kind: 'counter',
    unit: 'By',
    integer: true,
    description: 'Bytes transferred, by disk.',
    attributes: DISK,
  },
  'system.disk.operations': {
    kind: 'counter',
    unit: '{operation}',
    integer: true,
    description: 'Reads and writes completed, by disk.',
    attributes: DISK,
  },
  'system.disk.io_time': {
    kind: 'counter',
    unit: 's',
    description: 'Time a disk was busy.',
    attributes: DEVICE,
  },
  'system.filesystem.usage': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: "Space of the working directory's file system, by state.",
    attributes: FILE_SYSTEM_STATE,
  },
  'system.filesystem.limit': {
    kind: 'upDownCounter',
    unit: 'By',
    integer: true,
    description: "Size of the working directory's file system.",
    attributes: FILE_SYSTEM,
  },
  'system.filesystem.utilization': {
    kind: 'gauge',
    unit: '1',
    description: "Share of the working directory's file system, by state.",
    attributes: FILE_SYSTEM_STATE,
  },
  'system.network.io': {
    kind: 'counter',
    unit: 'By',
    integer: true,
    description: 'Bytes received and transmitted, by interface.',
    attributes: INTERFACE,
  },
  'system.network.packet.count': {
    kind: 'counter',
    unit: '{packet}',
    integer: true,
    description: 'Packets received and transmitted, by interface.',
    // For this one metric the conventions use this name of the interface.
    attributes: { 'system.device.name': 'string', ...DIRECTION },
  },
  'system.network.packet.dropped': {
    kind: 'counter',
    unit: '{packet}',
    integer: true,
    description: 'Packets dropped without there being an error, by interface.',
    attributes: INTERFACE,
  },
  'system.network.errors': {
    kind: 'counter',
    unit: '{error}',
    integer: true,
    description: 'Errors in receiving and transmitting, by interface.',
    attributes: INTERFACE,
  },
} as const satisfies Readonly<Record<string, HostMetric>>;

function load(span: string) {
  return {
    kind: 'gauge',
    unit: '{run_queue_item}',
    description: `Processes running or waiting to run, on average over ${span}.`,
  } as const;
}
