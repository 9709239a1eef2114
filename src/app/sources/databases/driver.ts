import { trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import { type LoadedPackage, whenLoaded } from '../../patching/loading.ts';
import type { Undo } from '../../patching/replace-method.ts';
import { reportFailure } from '../failure.ts';
import type { Source } from '../source.ts';
import { type DriverName, isSupported, warnOfVersion } from '../versions.ts';

export interface DriverOptions extends Pick<Source, 'replaces'> {
  /** The name of the package and of the source. */
  readonly name: DriverName;
  /** Begins to measure a copy of the driver, and returns a function that ends this. May throw. */
  readonly hook: (driver: LoadedPackage) => Undo;
}

/**
 * A source that wraps a driver's methods as soon as the application has loaded it. It leaves unsupported versions
 * alone.
 */
export function hookedDriver({ name, hook, replaces }: DriverOptions): Source {
  return {
    name,
    packages: [],
    ...(replaces && { replaces }),
    start(_meterProvider, measuring) {
      trackManualMeasurements();
      const hooked: Undo[] = [];
      const forget = whenLoaded(name, (driver) => {
        if (!isSupported(name, driver.version)) {
          warnOfVersion(name, driver.version, 'database.operation()');
          return;
        }
        try {
          hooked.push(hook(driver));
          measuring?.();
        } catch (error) {
          reportFailure(name, error);
        }
      });
      return () => {
        forget();
        for (const undo of hooked) undo();
      };
    },
  };
}
