import type { Fault } from '../../config/faults.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import { ListenError, listen } from '../../hub/http/listen.ts';

/** Opens the endpoint for a moment, as the hub does, and returns the fault if that fails. */
export async function faultOfPort({ exporters, host, port }: Config): Promise<Fault | undefined> {
  if (!exporters.includes('prometheus')) return undefined;
  try {
    const { servers } = await listen((_, response) => response.end(), host, port);
    for (const server of servers) server.close();
    return undefined;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const setting = error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 'port' : 'host';
    return { setting, text: `${error.message}; see ${SETTINGS[setting].variables.join(' or ')}` };
  }
}
