import { readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { builtFile } from '../../base/package-files.ts';
import { safely, warnOnce } from '../../base/safely.ts';

const NAME = 'prom-client';

/** The major versions whose API `pitot/prom-client` has. 15 added names and took none away. */
const SUPPORTED_MAJORS: readonly string[] = ['14', '15'];

let isReplaced = false;

/**
 * From now on `require('prom-client')` and `import 'prom-client'` give `pitot/prom-client` to every module. Files of
 * prom-client that are loaded by their paths stay as they are. A version that pitot cannot replace stays, with a warning.
 * There is no way back: metrics are in the registry of the library that was loaded first.
 */
export function replacePromClient(): void {
  if (isReplaced) return;
  isReplaced = true;
  warnIfLoaded();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (
        specifier !== NAME ||
        !safely(`PITOT_PROM_CLIENT`, () => isSupported(() => nextResolve(specifier, context).url))
      ) {
        return nextResolve(specifier, context);
      }
      return context.conditions.includes('require')
        ? { url: builtFile('prom-client.cjs').href, format: 'commonjs', shortCircuit: true }
        : { url: builtFile('prom-client.js').href, format: 'module', shortCircuit: true };
    },
  });
}

/** Whether pitot can stand for the installed version; where none is installed, for what a bundle or test expects. */
function isSupported(installed: () => string): boolean {
  let version: string;
  try {
    version = JSON.parse(readFileSync(new URL('package.json', installed()), 'utf8')).version;
  } catch {
    return true;
  }
  if (SUPPORTED_MAJORS.includes(version.split('.')[0] ?? '')) return true;
  warnOnce(
    `prom-client ${version}`,
    `PITOT_PROM_CLIENT=replace leaves prom-client ${version} as it is: pitot/prom-client has the API of 14 and 15. Install ` +
      'prom-client 15, or bridge its registry with bridgePromClient().',
  );
  return false;
}

function warnIfLoaded(): void {
  const { cache } = createRequire(import.meta.url);
  if (!Object.keys(cache).some((path) => /[\\/]prom-client[\\/]index\.js$/.test(path))) return;
  warnOnce(
    'prom-client loaded',
    'PITOT_PROM_CLIENT=replace comes too late: a module loaded prom-client before pitot started, and the metrics of ' +
      "that module are not on pitot's endpoint. Start pitot first: node --import pitot/instrumentation.",
  );
}
