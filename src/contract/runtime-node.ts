import { describeMetrics } from './contract.ts';
import type { MetricDeclarations } from './declaration.ts';

const SPACE = {
  'v8js.heap.space.name': {
    type: 'string',
    known: ['new_space', 'old_space', 'code_space', 'large_object_space'],
    description: "V8's name of the heap space.",
  },
} as const;

/** Milliseconds between two samples of the event loop's delay. The metrics of the delay include them. */
export const DELAY_RESOLUTION_MS = 10;

/** By the semantic conventions for Node.js and V8 (docs/runtime/nodejs-metrics.md, docs/runtime/v8js-metrics.md). */
export const RUNTIME_NODE_METRICS = {
  'nodejs.eventloop.delay.min': delay('Event loop minimum delay.'),
  'nodejs.eventloop.delay.max': delay('Event loop maximum delay.'),
  'nodejs.eventloop.delay.mean': delay('Event loop mean delay.'),
  'nodejs.eventloop.delay.stddev': delay('Event loop standard deviation delay.'),
  'nodejs.eventloop.delay.p50': delay('Event loop 50 percentile delay.'),
  'nodejs.eventloop.delay.p90': delay('Event loop 90 percentile delay.'),
  'nodejs.eventloop.delay.p99': delay('Event loop 99 percentile delay.'),
  'nodejs.eventloop.time': {
    kind: 'observableCounter',
    unit: 's',
    description: 'Cumulative duration of time the event loop has been in each state.',
    attributes: { 'nodejs.eventloop.state': ['active', 'idle'] },
  },
  'nodejs.eventloop.utilization': {
    kind: 'observableGauge',
    unit: '1',
    description: 'Event loop utilization',
  },
  'v8js.gc.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    attributes: { 'v8js.gc.type': ['major', 'minor', 'incremental', 'weakcb'] },
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  'v8js.memory.heap.space.size': space('Total heap memory size pre-allocated for a heap space.'),
  'v8js.memory.heap.used': space('Heap Memory size allocated.'),
  'v8js.memory.heap.space.available_size': space('Heap space available size.'),
  'v8js.memory.heap.space.physical_size': space('Committed size of a heap space.'),
  'v8js.resource.active': {
    kind: 'observableGauge',
    unit: '{resource}',
    description: 'Count of the active resources that are currently keeping the event loop alive.',
    attributes: {
      'v8js.resource.type': { type: 'string', description: 'As Node.js calls it, such as `Timeout`.' },
    },
  },
} as const satisfies MetricDeclarations;

export const RUNTIME_NODE_CONTRACT = describeMetrics('', RUNTIME_NODE_METRICS, {
  title: 'The runtime',
  introduction:
    'Automatic (`runtime-node`), with the names and values of the official instrumentation. Kinds are those of the ' +
    'conventions: sizes of the heap are up-down counters, where the official instrumentation has gauges.',
});

function delay(description: string) {
  return { kind: 'observableGauge', unit: 's', description } as const;
}

function space(description: string) {
  return { kind: 'observableUpDownCounter', unit: 'By', description, attributes: SPACE } as const;
}
