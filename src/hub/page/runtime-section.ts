import { DELAY_RESOLUTION_MS } from '../../contract/runtime-node.ts';
import type { SectionSpec } from './section-specs.ts';

/** Seconds. Node.js reports the time between two runs of its own timer, which includes the timer's interval. */
const DELAY_RESOLUTION = DELAY_RESOLUTION_MS / 1000;

/** CPU, memory, event loops and garbage collection. */
export const RUNTIME: SectionSpec = {
  id: 'runtime',
  title: 'Runtime',
  charts: [
    {
      id: 'cpu',
      title: 'CPU',
      measure: 'cpu',
      lines: [
        { label: 'process', metric: 'process.cpu.time', of: 'rate' },
        { label: 'container', metric: 'container.cpu.time', of: 'rate' },
        { label: 'throttled', metric: 'container.cpu.throttled_time', of: 'rate' },
        { label: 'limit', metric: 'container.cpu.limit', of: 'sum', isLimit: true },
      ],
    },
    {
      id: 'memory',
      title: 'Memory',
      measure: 'By',
      lines: [
        { label: 'resident', metric: 'process.memory.usage', of: 'sum' },
        { label: 'heap', metric: 'v8js.memory.heap.used', of: 'sum' },
        { label: 'container', metric: 'container.memory.working_set', of: 'sum' },
        { label: 'limit', metric: 'container.memory.limit', of: 'sum', isLimit: true },
      ],
    },
    {
      id: 'loop-delay',
      title: 'Event loop delay',
      measure: 's',
      lines: [
        { label: 'p50', metric: 'nodejs.eventloop.delay.p50', of: 'max', minus: DELAY_RESOLUTION },
        { label: 'p99', metric: 'nodejs.eventloop.delay.p99', of: 'max', minus: DELAY_RESOLUTION },
        // A stall is one delay of some two hundred between two samples: no quantile has it.
        { label: 'max', metric: 'nodejs.eventloop.delay.max', of: 'max', minus: DELAY_RESOLUTION },
      ],
    },
    {
      id: 'loop-utilization',
      title: 'Event loop utilization',
      measure: 'ratio',
      lines: [{ label: 'busy', metric: 'nodejs.eventloop.utilization', of: 'max' }],
    },
    {
      id: 'gc',
      title: 'Garbage collection',
      measure: 'ratio',
      lines: [{ label: '', metric: 'v8js.gc.duration', of: 'time', by: 'v8js.gc.type' }],
    },
  ],
};
