import { fileURLToPath } from 'node:url';
import { builtFile, isSource, moduleOfPackage, requireOfPackage } from '../../../base/package-files.ts';

/**
 * The official instrumentations, loaded on demand. The build puts them into a file of its own, so that pitot depends on
 * no version of the OpenTelemetry API: as packages they would bring one into the application.
 */
export function officialPackages(): typeof import('./bundled.ts') {
  const file = isSource
    ? moduleOfPackage('app/sources/official/bundled')
    : builtFile('app/sources/official/bundled.cjs');
  return requireOfPackage()(fileURLToPath(file));
}
