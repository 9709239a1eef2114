import { trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import { type HookedPackageOptions, hookedPackage } from '../hooked-package.ts';
import type { Source } from '../source.ts';

/** A source that replaces methods of a messaging client, as soon as the application has loaded it. */
export function hookedClient(options: Omit<HookedPackageOptions, 'instead'>): Source {
  const source = hookedPackage({ ...options, instead: 'queue.sending() and queue.processing()' });
  return {
    ...source,
    start(meterProvider, measuring) {
      trackManualMeasurements();
      return source.start(meterProvider, measuring);
    },
  };
}
