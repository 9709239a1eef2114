import { getHeapSpaceStatistics } from 'node:v8';
import { Gauge } from '../gauge.ts';
import { commonOf, type DefaultCollector } from './config.ts';
import { memoryUsage } from './process.ts';

export const heapSizeAndUsed: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const gaugeOf = (name: string, help: string, collect?: () => void) =>
    new Gauge({ name: `${prefix}${name}`, help, ...registers, labelNames, ...(collect && { collect }) });
  // One function for all three, so that they agree.
  const total = gaugeOf('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', () => {
    const memory = memoryUsage();
    if (memory === undefined) return;
    total.set(labels, memory.heapTotal);
    used.set(labels, memory.heapUsed);
    if (memory.external !== undefined) external.set(labels, memory.external);
  });
  const used = gaugeOf('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.');
  const external = gaugeOf('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.');
};

export const heapSpacesSizeAndUsed: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const gaugeOf = (kind: string, collect?: () => void) =>
    new Gauge({
      name: `${prefix}nodejs_heap_space_size_${kind}_bytes`,
      help: `Process heap space size ${kind} from Node.js in bytes.`,
      labelNames: ['space', ...labelNames],
      ...registers,
      ...(collect && { collect }),
    });
  const total = gaugeOf('total', () => {
    for (const space of getHeapSpaceStatistics()) {
      const set = { space: space.space_name.slice(0, space.space_name.indexOf('_space')), ...labels };
      total.set(set, space.space_size);
      used.set(set, space.space_used_size);
      available.set(set, space.space_available_size);
    }
  });
  const used = gaugeOf('used');
  const available = gaugeOf('available');
};
