import { onDemand } from '../on-demand.ts';

/**
 * The official instrumentations, loaded on demand. The build puts them into a file of its own, so that pitot depends on
 * no version of the OpenTelemetry API: as packages they would bring one into the application.
 */
export const officialPackages = onDemand<typeof import('./bundled.ts')>('app/sources/official/bundled');
