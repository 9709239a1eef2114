import { reasonOf } from '../../base/reason.ts';
import type { Fault } from '../../config/faults.ts';
import { showModule } from '../../config/parsers/exporters.ts';
import type { Config } from '../../config/settings/table.ts';
import { loadClass } from '../../hub/forward/load-module.ts';

/**
 * A fault for each exporter of another package that cannot be imported from the working directory. None is started: it
 * would begin to send.
 */
export async function faultsOfExporters({ exporters }: Config): Promise<readonly Fault[]> {
  const modules = exporters.filter((exporter) => typeof exporter === 'object');
  const faults = modules.map(async (module) => {
    try {
      await loadClass(module, [process.cwd()]);
      return undefined;
    } catch (error) {
      return {
        setting: 'exporters',
        text: `exporter ${showModule(module)} cannot be loaded: ${reasonOf(error)}`,
      };
    }
  });
  return (await Promise.all(faults)).filter((fault) => fault !== undefined);
}
