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

/** Worker threads are there to be kept busy. */
const MAIN = { 'thread.name': 'main' };

const PROCESS = ['instance', 'process.pid'];
const THREAD = [...PROCESS, 'thread.id'];

const SUMMARY = [
  stat({
    title: 'Busiest event loop',
    description:
      'The part of its time that the busiest event loop works. Near 100 % everything waits for it.',
    unit: 'percentunit',
    query: level(UTILIZATION, { join: 'max' }),
    limits: { warning: 0.7, critical: 0.9 },
  }),
  stat({
    title: 'Stuck event loop',
    description: 'For how long an event loop has not turned, now. Nothing is answered meanwhile.',
    unit: 's',
    query: orZero(level(STALL, { where: MAIN, join: 'max' })),
    limits: { warning: 1, critical: 5 },
  }),
  stat({
    title: 'Time in garbage collection',
    description: 'Of one thread, on average over the instances. Above 10 % the heap is too small or leaks.',
    unit: 'percentunit',
    query: per(rateOfSum(GC), level(UPTIME, { join: 'count' })),
    limits: { warning: 0.05, critical: 0.1 },
  }),
  stat({
    title: 'Memory of the fullest container',
    description:
      "Of the container's limit, or of the machine where there is none. At 100 % the process is killed.",
    unit: 'percentunit',
    query: level(CONTAINER_MEMORY_SHARE, { join: 'max' }),
    limits: { warning: 0.8, critical: 0.9 },
  }),
  stat({
    title: 'File descriptors in use',
    description: 'Of those that a process may have. Without one no connection and no file can be opened.',
    unit: 'percentunit',
    query: per(level(DESCRIPTORS, { join: 'max' }), level(DESCRIPTOR_LIMIT, { join: 'min' })),
    limits: { warning: 0.8, critical: 0.9 },
  }),
  stat({
    title: 'Youngest process',
    description: 'Time since a process was last started.',
    unit: 'dtdurations',
    query: level(UPTIME, { join: 'min' }),
  }),
];

const EVENT_LOOP = [
  timeSeries({
    title: 'Event loop in use',
    description: 'The part of its time that each event loop works. From 90 % on, everything queues up.',
    unit: 'percentunit',
    queries: [level(UTILIZATION, { by: THREAD, join: 'max' })],
    span: 8,
    max: 1,
    limits: { warning: 0.7, critical: 0.9 },
  }),
  timeSeries({
    title: 'Delay of the event loop',
    description:
      'How much later than asked for a timer runs, in the slowest process. Every answer waits as long.',
    unit: 's',
    queries: ['p50', 'p90', 'p99', 'max'].map((name) =>
      named(name, level(metric(`nodejs.eventloop.delay.${name}`), { join: 'max' })),
    ),
    span: 8,
  }),
  timeSeries({
    title: 'Time in stalls',
    description: 'The part of the time that event loops are stuck for at least a second at once.',
    unit: 'percentunit',
    queries: [rate(STALL_TIME, { by: ['instance', 'thread.name'] })],
    span: 8,
  }),
];

const MEMORY = [
  timeSeries({
    title: 'Heap by space',
    description: 'What JavaScript keeps. An old space that never falls back after a collection is a leak.',
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
    description: 'Without the caches of files that can go, and the limit at which processes are killed.',
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
    description:
      'The part of a thread that each kind of collection takes. JavaScript stands still meanwhile.',
    unit: 'percentunit',
    queries: [rateOfSum(GC, { by: ['v8js.gc.type'] })],
    span: 12,
    stacked: true,
  }),
  timeSeries({
    title: 'Longest collections, p99',
    description: 'One of a hundred collections of the kind takes longer.',
    unit: 's',
    queries: [quantile(0.99, GC, { by: ['v8js.gc.type'] })],
    span: 12,
  }),
];

const PROCESSES = [
  timeSeries({
    title: 'CPU in use',
    description: 'Of the CPUs that each process may use; more than one thread needs more than one of them.',
    unit: 'percentunit',
    queries: [level(CPU, { by: [...PROCESS, 'cpu.mode'] })],
    span: 8,
  }),
  timeSeries({
    title: 'CPU withheld',
    description:
      "The part of the scheduler's periods in which the container had used up its limit and had to wait.",
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
    description: 'Files and connections that each process has open. A line that only climbs is a leak.',
    unit: 'short',
    queries: [level(DESCRIPTORS, { by: PROCESS })],
    span: 8,
  }),
  timeSeries({
    title: 'Uptime',
    description: 'Time since each process was started. A saw is a process that ends again and again.',
    unit: 's',
    queries: [level(UPTIME, { by: PROCESS, join: 'max' })],
    span: 8,
  }),
  timeSeries({
    title: 'Processes that take part',
    description: 'Processes that are served together, by whether they answer.',
    unit: 'short',
    queries: [level(metric('pitot.processes'), { by: ['state'] })],
    span: 8,
    colours: { '/live/': 'green', '/stale/': 'orange', '/ended/': 'gray' },
  }),
  timeSeries({
    title: 'What keeps processes alive',
    description: 'Timers, sockets and so on that the event loops wait for, by type.',
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
    marks: { title: 'A process was started', ...resets(UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Event loop', panels: EVENT_LOOP },
      { title: 'Memory', panels: MEMORY },
      { title: 'Processes', panels: PROCESSES },
      { title: 'Machine', panels: machinePanels(), collapsed: true },
    ],
  });
}
