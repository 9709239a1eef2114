import { createRequire } from 'node:module';
import type { Source } from './source.ts';

const require = createRequire(import.meta.url);

/**
 * The runtime, by the official instrumentation: delay, time and utilisation of the event loop
 * (`nodejs.eventloop.*`), garbage collection and heap (`v8js.*`).
 */
export const runtimeNode: Source = {
  name: 'runtime-node',
  packages: [],
  start(meterProvider) {
    const { RuntimeNodeInstrumentation } =
      require('@opentelemetry/instrumentation-runtime-node') as typeof import('@opentelemetry/instrumentation-runtime-node');
    const instrumentation = new RuntimeNodeInstrumentation();
    instrumentation.setMeterProvider(meterProvider);
    return () => instrumentation.disable();
  },
};
