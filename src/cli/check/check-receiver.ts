import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { reasonOf } from '../../base/reason.ts';
import type { Fault } from '../../config/faults.ts';
import { showEndpoint } from '../../config/parsers/endpoint.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';
import type { Forwarder } from '../../hub/forward/forwarder.ts';
import { readTlsFiles } from '../../hub/forward/tls-files.ts';

/** The time that a receiver has to accept a connection, or to answer. */
const TIMEOUT_MS = 5_000;

/** The default port of gRPC's resolver, for any scheme. */
const GRPC_PORT = 443;

/** The destination of a connection for OTLP. */
type Target =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly isSecure: boolean };

/** The receivers of Prometheus' formats, which answer a request without metrics. */
const PROBED = [
  {
    name: 'pushgateway',
    setting: 'pushgatewayUrl',
    create: async (config: Config, target: string): Promise<Forwarder> =>
      new (await import('../../hub/forward/pushgateway.ts')).PushgatewayForwarder(config, target),
  },
  {
    name: 'remote_write',
    setting: 'remoteWriteUrl',
    create: async (config: Config, target: string): Promise<Forwarder> =>
      new (await import('../../hub/forward/remote-write.ts')).RemoteWriteForwarder(config, target),
  },
] as const;

/** The faults of the receivers that the settings choose, as far as they show without sending metrics. */
export async function faultsOfReceivers(config: Config): Promise<readonly Fault[]> {
  const chosen = PROBED.filter(({ name }) => config.exporters.includes(name));
  const faults = await Promise.all([
    faultOfOtlp(config),
    ...chosen.map(({ setting, create }) => faultOfProbed(config, setting, create)),
  ]);
  return faults.filter((fault) => fault !== undefined);
}

/** That of one that cannot be reached, wants other credentials, or is something else. */
async function faultOfProbed(
  config: Config,
  setting: (typeof PROBED)[number]['setting'],
  create: (typeof PROBED)[number]['create'],
): Promise<Fault | undefined> {
  const target = `${showEndpoint(config[setting])} (${SETTINGS[setting].variables[0]})`;
  try {
    const forwarder = await create(config, target);
    const answer = await forwarder.probe?.(TIMEOUT_MS);
    forwarder.close?.();
    if (answer === undefined || answer.outcome === 'accepted') return undefined;
    return { setting, text: `${target} takes no metrics: ${answer.reason}` };
  } catch (error) {
    return { setting, text: reasonOf(error) };
  }
}

/** That of one that accepts no connection or, with TLS, does not prove its identity. */
async function faultOfOtlp(config: Config): Promise<Fault | undefined> {
  if (!config.exporters.includes('otlp')) return undefined;
  try {
    await connected(await open(targetOf(config), config));
    return undefined;
  } catch (error) {
    const variables = SETTINGS.otlpEndpoint.variables.join(' or ');
    const text = `no connection to ${showEndpoint(config.otlpEndpoint)} (${variables}): ${reasonOf(error)}`;
    return { setting: 'otlpEndpoint', text };
  }
}

function targetOf({ otlpEndpoint, otlpProtocol, otlpInsecure }: Config): Target {
  const isGrpc = otlpProtocol === 'grpc';
  if (isGrpc && otlpEndpoint.startsWith('unix:')) return { path: otlpEndpoint.replace(/^unix:(\/\/)?/, '') };
  const isBare = !/^https?:\/\//i.test(otlpEndpoint);
  const { protocol, hostname, port } = new URL(isBare ? `https://${otlpEndpoint}` : otlpEndpoint);
  const isSecure = isBare ? !otlpInsecure : protocol === 'https:';
  const usual = isGrpc ? GRPC_PORT : isSecure ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port), isSecure };
}

async function open(target: Target, config: Config): Promise<Socket> {
  if ('path' in target) return connect(target.path);
  const { host, port, isSecure } = target;
  if (!isSecure) return connect(port, host);
  const files = await readTlsFiles(config);
  const isGrpc = config.otlpProtocol === 'grpc';
  return connectTls({
    ...files,
    host,
    port,
    ALPNProtocols: [isGrpc ? 'h2' : 'http/1.1'],
    ...(isIP(host) === 0 && { servername: host }),
  });
}

function connected(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const event = 'encrypted' in socket ? 'secureConnect' : 'connect';
  socket.setTimeout(TIMEOUT_MS, () => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
  socket.once(event, () => resolve());
  socket.once('error', reject);
  return promise.finally(() => socket.destroy());
}
