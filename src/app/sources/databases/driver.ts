import { type HookedPackageOptions, hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';
import type { Source } from '../source.ts';

/** The code that measures the drivers. It loads with the first driver. */
export const driverCode = onDemand<typeof import('./hooks.ts')>('app/sources/databases/hooks');

/** A source that replaces methods of the driver of the same name, as soon as the application has loaded it. */
export function hookedDriver(options: Pick<HookedPackageOptions, 'name' | 'hook' | 'replaces'>): Source {
  return hookedPackage({ ...options, watched: [options.name], instead: 'database.operation()' });
}
