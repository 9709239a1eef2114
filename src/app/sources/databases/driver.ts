import { type HookedPackageOptions, hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';
import type { Source } from '../source.ts';

/** What measures the drivers, loaded when the application uses the first of them. */
export const driverCode = onDemand<typeof import('./hooks.ts')>('app/sources/databases/hooks');

/** A source that replaces methods of the driver of the same name, as soon as the application has loaded it. */
export function hookedDriver(options: Pick<HookedPackageOptions, 'name' | 'hook' | 'replaces'>): Source {
  return hookedPackage({ ...options, watched: [options.name], instead: 'database.operation()' });
}
