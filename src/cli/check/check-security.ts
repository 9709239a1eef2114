import type { Fault } from '../../config/faults.ts';
import type { Config } from '../../config/settings/table.ts';
import { createSecurity, SecurityError } from '../../hub/http/security/security.ts';
import { unreadable } from './check-files.ts';

/** The fault of unusable security settings of the endpoint, such as a certificate without its key. */
export async function faultOfSecurity(config: Config): Promise<Fault | undefined> {
  if (!config.exporters.includes('prometheus')) return undefined;
  const { webConfigFile, bearerTokenFile } = config;
  const isUnreadable = [webConfigFile, bearerTokenFile].some(
    (path) => path !== undefined && unreadable(path) !== undefined,
  );
  if (isUnreadable) return undefined;
  try {
    await createSecurity({ webConfigFile, bearerTokenFile }, { reloaded: () => {} });
    return undefined;
  } catch (error) {
    if (!(error instanceof SecurityError)) throw error;
    const setting = webConfigFile === undefined ? 'bearerTokenFile' : 'webConfigFile';
    return { setting, text: error.message };
  }
}
