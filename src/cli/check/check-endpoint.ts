import { Discovery } from '../../channel/discovery/discovery.ts';
import { serviceOf } from '../../channel/discovery/name.ts';
import type { Fault } from '../../config/faults.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import { authority, ListenError, listen } from '../../hub/http/listen.ts';
import { openEndpointWarning } from '../../hub/http/security/open-endpoint.ts';
import { createSecurity, type Rules, SecurityError } from '../../hub/http/security/security.ts';
import { unreadable } from './check-files.ts';

/** The result of trying to open the endpoint. */
interface EndpointCheck {
  readonly faults: readonly Fault[];
  /** A line for each risk that does not keep the endpoint from opening. */
  readonly warnings: readonly string[];
}

/** Reads what secures the endpoint and opens it for a moment, as the hub does. */
export async function checkEndpoint(config: Config): Promise<EndpointCheck> {
  const { exporters, host, port: wanted } = config;
  if (!exporters.includes('prometheus') || wanted === 'none') return { faults: [], warnings: [] };
  const security = await securityOf(config);
  const port = await openFor(host, wanted);
  const shared = port.fault?.setting === 'port' ? await sharingProcess(config) : undefined;
  const faults = [security.fault, shared === undefined ? port.fault : undefined].filter(
    (fault) => fault !== undefined,
  );
  if (shared !== undefined) return { faults, warnings: [shared] };
  if (security.rules === undefined || port.addresses === undefined) return { faults, warnings: [] };
  const warning = openEndpointWarning(authority(host, port.port), port.addresses, security.rules);
  return { faults, warnings: warning === undefined ? [] : [warning] };
}

/** The rules of the endpoint, or the fault of unusable ones, such as a certificate without its key. */
async function securityOf(
  config: Config,
): Promise<{ readonly rules?: Rules; readonly fault?: Fault | undefined }> {
  const { webConfigFile, webConfig, bearerTokenFile } = config;
  // The check of files reports these.
  if ([webConfigFile, bearerTokenFile].some((path) => path !== undefined && unreadable(path) !== undefined)) {
    return {};
  }
  try {
    const rules = await createSecurity({ webConfigFile, webConfig, bearerTokenFile }, { reloaded: () => {} });
    return { rules: rules() };
  } catch (error) {
    if (!(error instanceof SecurityError)) throw error;
    const setting =
      webConfigFile !== undefined
        ? 'webConfigFile'
        : webConfig !== undefined
          ? 'webConfig'
          : 'bearerTokenFile';
    return { fault: { setting, text: error.message } };
  }
}

/** Says which process with pitot has the port, if there is one: one of the same service shares it. */
async function sharingProcess(config: Config): Promise<string | undefined> {
  const { host, port, processes } = config;
  if (processes !== 'merge' || port === 'none') return undefined;
  const service = serviceOf(config);
  const meetingPlace = new Discovery({ host, port, service, env: process.env, platform: process.platform });
  const [pid] = await meetingPlace.others();
  if (pid === undefined) return undefined;
  return (
    `${authority(host, port)} is served by process ${pid}. Another process of its service shares it; if '${service.name}' ` +
    'is another service, give it an OTEL_EXPORTER_PROMETHEUS_PORT of its own.'
  );
}

/** The addresses and the port that the endpoint gets, or the fault if it cannot listen. */
async function openFor(
  host: string,
  wanted: number,
): Promise<{
  readonly port: number;
  readonly addresses?: readonly string[];
  readonly fault?: Fault;
}> {
  try {
    const { servers, addresses, port } = await listen((_, response) => response.end(), host, wanted);
    for (const server of servers) server.close();
    return { port, addresses };
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const setting = error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 'port' : 'host';
    const text = `${error.message}; see ${SETTINGS[setting].variables.join(' or ')}`;
    return { port: wanted, fault: { setting, text } };
  }
}
