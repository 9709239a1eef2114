import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';
import { officialPackages } from './packages.ts';

/**
 * Express 4 and 5, by the official instrumentation. It has no metrics of its own: it passes the route of a
 * request to the source `http`, for `http.route`.
 */
export const express: Source = {
  name: 'express',
  packages: ['express'],
  start(meterProvider) {
    const { ExpressInstrumentation } = officialPackages();

    /** An error in a patch would surface in the application's own `import` or `require` of Express. */
    class HarmlessExpressInstrumentation extends ExpressInstrumentation {
      override init(): ReturnType<InstanceType<typeof ExpressInstrumentation>['init']> {
        const definitions = super.init();
        for (const definition of definitions) {
          const { patch } = definition;
          definition.patch = (moduleExports, version) => {
            try {
              return patch?.(moduleExports, version);
            } catch (error) {
              reportFailure('express', error);
              return moduleExports;
            }
          };
        }
        return definitions;
      }
    }

    const instrumentation = new HarmlessExpressInstrumentation();
    instrumentation.setMeterProvider(meterProvider);
    return () => instrumentation.disable();
  },
};
