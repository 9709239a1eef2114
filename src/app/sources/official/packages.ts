import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { builtFile, moduleOfPackage } from '../../../base/package-files.ts';

/**
 * The official instrumentations, loaded on demand. The build puts them into a file of its own, so that pitot depends on
 * no version of the OpenTelemetry API: as packages they would bring one into the application.
 */
export function officialPackages(): typeof import('./bundled.ts') {
  const file = import.meta.url.endsWith('.ts')
    ? moduleOfPackage('app/sources/official/bundled')
    : builtFile('app/sources/official/bundled.cjs');
  return createRequire(import.meta.url)(fileURLToPath(file));
}
