import { groupBy } from '../../../../base/group-by.ts';
import { Gauge } from '../gauge.ts';
import { commonOf, type DefaultCollector } from './config.ts';

/** Internal functions of Node.js, which prom-client uses. */
interface Internals {
  readonly _getActiveHandles?: () => unknown[];
  readonly _getActiveRequests?: () => unknown[];
}

interface Active {
  readonly name: string;
  readonly help: string;
  readonly totalHelp: string;
  /** `undefined` where this Node.js cannot tell. */
  readonly list: (() => readonly unknown[]) | undefined;
  readonly typeOf: (one: unknown) => string | undefined;
}

export const processHandles: DefaultCollector = collectorOf(() => ({
  name: 'nodejs_active_handles',
  help: 'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
  totalHelp: 'Total number of active handles.',
  list: (process as Internals)._getActiveHandles,
  typeOf: classOf,
}));

export const processRequests: DefaultCollector = collectorOf(() => ({
  name: 'nodejs_active_requests',
  help: 'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
  totalHelp: 'Total number of active requests.',
  list: (process as Internals)._getActiveRequests,
  typeOf: classOf,
}));

export const processResources: DefaultCollector = collectorOf(() => ({
  name: 'nodejs_active_resources',
  help: 'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
  totalHelp: 'Total number of active resources.',
  list: process.getActiveResourcesInfo,
  typeOf: String,
}));

/** Two gauges: by type, and all. */
function collectorOf(activeOf: () => Active): DefaultCollector {
  return (registry, config = {}) => {
    const { name, help, totalHelp, list, typeOf } = activeOf();
    if (typeof list !== 'function') return;
    const { prefix, labels, labelNames, registers } = commonOf(registry, config);
    new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames: ['type', ...labelNames],
      ...registers,
      collect() {
        const types = list
          .call(process)
          .map(typeOf)
          .filter((type) => type !== undefined);
        this.reset();
        for (const [type, some] of groupBy(types, (one) => one)) this.set({ type, ...labels }, some.length);
      },
    });
    new Gauge({
      name: `${prefix}${name}_total`,
      help: totalHelp,
      ...registers,
      labelNames,
      collect() {
        this.set(labels, list.call(process).length);
      },
    });
  };
}

function classOf(one: unknown): string | undefined {
  return (one as { constructor?: { name: string } } | undefined)?.constructor?.name;
}
