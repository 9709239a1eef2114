import { Gauge } from '../gauge.ts';
import { commonOf, type DefaultCollector } from './config.ts';

export const version: DefaultCollector = (registry, config = {}) => {
  const { prefix, labels, labelNames, registers } = commonOf(registry, config);
  const [major, minor, patch] = process.version.slice(1).split('.').map(Number);
  new Gauge({
    name: `${prefix}nodejs_version_info`,
    help: 'Node.js version info.',
    labelNames: ['version', 'major', 'minor', 'patch', ...labelNames],
    ...registers,
    aggregator: 'first',
    // Here, so that it is there again after a reset of the registry.
    collect() {
      this.set({ version: process.version, major, minor, patch, ...labels } as never, 1);
    },
  });
};
