import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { machinePanels } from './machine-panels.ts';
import { metric } from './metric.ts';
import { level, named, orZero, per, quantile, rate, rateOfSum, resets } from './query.ts';
import { stat } from './stat.ts';
import { timeSeries } from './time-series.ts';

const UTILIZATION = metric('nodejs.eventloop.utilization');
const STALL = metric('nodejs.eventloop.stall.current');
const STALL_TIME = metric('nodejs.eventloop.stall.time');
const GC = metric('v8js.gc.duration');
const HEAP = metric('v8js.memory.heap.used');
const CPU = metric('process.cpu.utilization');
const RESIDENT = metric('process.memory.usage');
const DESCRIPTORS = metric('process.unix.file_descriptor.count');
const DESCRIPTOR_LIMIT = metric('process.unix.file_descriptor.limit');
const UPTIME = metric('process.uptime');
const CONTAINER_MEMORY = metric('container.memory.working_set');
const CONTAINER_MEMORY_LIMIT = metric('container.memory.limit');
const CONTAINER_MEMORY_SHARE = metric('container.memory.utilization');

/** Only main threads: worker threads may be busy. */
const MAIN = { 'thread.name': 'main' };

const PROCESS = ['instance', 'process.pid'];
const THREAD = [...PROCESS, 'thread.id'];

const SUMMARY = [
  stat({
    title: 'Busiest event loop',
    description: 'Share of time that the busiest event loop works. Near 100 % everything waits for it.',
    unit: 'percentunit',
    query: level(UTILIZATION, { join: 'max' }),
    limits: { warning: 0.7, critical: 0.9 },
  }),
  stat({
    title: 'Stuck event loop',
    description:
      'How long an event loop has been stuck right now. The process answers no requests meanwhile.',
    unit: 's',
    query: orZero(level(STALL, { where: MAIN, join: 'max' })),
    limits: { warning: 1, critical: 5 },
  }),
  stat({
    title: 'Time in garbage collection',
    description:
      'Share of one thread, averaged over the instances. Above 10 % the heap is too small, or there is a leak.',
    unit: 'percentunit',
    query: per(rateOfSum(GC), level(UPTIME, { join: 'count' })),
    limits: { warning: 0.05, critical: 0.1 },
  }),
  stat({
    title: 'Memory of the fullest container',
    description:
      "Share of the container's limit, or of the machine's memory. At 100 % the kernel kills the process.",
    unit: 'percentunit',
    query: level(CONTAINER_MEMORY_SHARE, { join: 'max' }),
    limits: { warning: 0.8, critical: 0.9 },
  }),
  stat({
    title: 'File descriptors in use',
    description: 'Share of the limit. At 100 % the process cannot open connections or files.',
    unit: 'percentunit',
    query: per(level(DESCRIPTORS, { join: 'max' }), level(DESCRIPTOR_LIMIT, { join: 'min' })),
    limits: { warning: 0.8, critical: 0.9 },
  }),
  stat({
    title: 'Youngest process',
    description: 'Time since the last start of a process.',
    unit: 'dtdurations',
    query: level(UPTIME, { join: 'min' }),
  }),
];

const EVENT_LOOP = [
  timeSeries({
    title: 'Event loop in use',
    description: 'Share of time that each event loop works. Above 90 % everything queues up.',
    unit: 'percentunit',
    queries: [level(UTILIZATION, { by: THREAD, join: 'max' })],
    span: 8,
    max: 1,
    limits: { warning: 0.7, critical: 0.9 },
  }),
  timeSeries({
    title: 'Delay of the event loop',
    description: 'Delay of timers in the slowest process. Every response waits that long.',
    unit: 's',
    queries: ['p50', 'p90', 'p99', 'max'].map((name) =>
      named(name, level(metric(`nodejs.eventloop.delay.${name}`), { join: 'max' })),
    ),
    span: 8,
  }),
  timeSeries({
    title: 'Time in stalls',
    description: 'Share of time in which event loops are stuck for at least a second at once.',
    unit: 'percentunit',
    queries: [rate(STALL_TIME, { by: ['instance', 'thread.name'] })],
    span: 8,
  }),
];

const MEMORY = [
  timeSeries({
    title: 'Heap by space',
    description:
      'Memory of JavaScript objects. If the old space never falls after a collection, there is a leak.',
    unit: 'bytes',
    queries: [level(HEAP, { by: ['v8js.heap.space.name'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Resident memory',
    description: 'Memory of each process: its heaps, buffers, native code and stacks.',
    unit: 'bytes',
    queries: [level(RESIDENT, { by: PROCESS })],
    span: 8,
  }),
  timeSeries({
    title: 'Memory of the container',
    description: 'Memory that the kernel cannot free, and the limit at which it kills processes.',
    unit: 'bytes',
    queries: [
      named('{{instance}} in use', level(CONTAINER_MEMORY, { by: ['instance'], join: 'max' })),
      named('{{instance}} limit', level(CONTAINER_MEMORY_LIMIT, { by: ['instance'], join: 'max' })),
    ],
    span: 8,
    colours: { '/ limit$/': 'red' },
  }),
  timeSeries({
    title: 'Time in garbage collection',
    description: "Share of a thread's time for each type of collection. JavaScript does not run meanwhile.",
    unit: 'percentunit',
    queries: [rateOfSum(GC, { by: ['v8js.gc.type'] })],
    span: 12,
    stacked: true,
  }),
  timeSeries({
    title: 'Longest collections, p99',
    description: '1 % of the collections of the type take longer.',
    unit: 's',
    queries: [quantile(0.99, GC, { by: ['v8js.gc.type'] })],
    span: 12,
  }),
];

const PROCESSES = [
  timeSeries({
    title: 'CPU in use',
    description: 'Share of the CPUs that each process may use. Several busy threads use several CPUs.',
    unit: 'percentunit',
    queries: [level(CPU, { by: [...PROCESS, 'cpu.mode'] })],
    span: 8,
  }),
  timeSeries({
    title: 'CPU throttling',
    description: 'Share of scheduling periods in which the container used up its CPU limit and had to wait.',
    noValue: 'Filled in containers with a CPU limit',
    unit: 'percentunit',
    queries: [
      per(
        rate(metric('container.cpu.throttled_periods'), { by: ['instance'] }),
        rate(metric('container.cpu.periods'), { by: ['instance'] }),
      ),
    ],
    span: 8,
    limits: { warning: 0.1, critical: 0.25 },
  }),
  timeSeries({
    title: 'File descriptors',
    description: 'Open files and connections of each process. A line that only rises is a leak.',
    unit: 'short',
    queries: [level(DESCRIPTORS, { by: PROCESS })],
    span: 8,
  }),
  timeSeries({
    title: 'Uptime',
    description: 'Time since the start of each process. A sawtooth is a process that ends repeatedly.',
    unit: 's',
    queries: [level(UPTIME, { by: PROCESS, join: 'max' })],
    span: 8,
  }),
  timeSeries({
    title: 'Processes of the service',
    description: 'Processes behind one endpoint, by state.',
    noValue: 'Filled when several processes share one endpoint',
    unit: 'short',
    queries: [level(metric('pitot.processes'), { by: ['pitot.process.state'] })],
    span: 8,
    colours: { '/live/': 'green', '/stale/': 'orange', '/ended/': 'gray' },
  }),
  timeSeries({
    title: 'Active resources',
    description: 'Timers, sockets and other resources that keep the event loops alive, by type.',
    unit: 'short',
    queries: [level(metric('v8js.resource.active'), { by: ['v8js.resource.type'] })],
    span: 8,
    stacked: true,
  }),
];

/** The event loop, memory, processes, and the machine they run on. */
export function nodeRuntime(): Dashboard {
  return dashboard({
    uid: 'pitot-node-runtime',
    title: 'Node.js runtime and processes',
    description: 'The event loop, garbage collection and memory, the processes, their container and machine.',
    tags: [SERVICE_TAG, 'nodejs'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Event loop', panels: EVENT_LOOP },
      { title: 'Memory', panels: MEMORY },
      { title: 'Processes', panels: PROCESSES },
      { title: 'Machine', panels: machinePanels(), collapsed: true },
    ],
  });
}
