import { BoundedValues } from '../../../base/bounded-values.ts';
import type { ServerAttributes } from './call-outcome.ts';

/** A target with one host: `dns:host:1`, `dns://authority/host`, `ipv4:192.0.2.1:1`, `ipv6:[2001:db8::1]:1`. */
const ONE_HOST = /^(?:dns:(?:\/\/[^/]*\/)?|ipv[46]:)(?<host>[^/,:\s]+|\[[^\]]+\])(?::(?<port>\d{1,5}))?$/;
const SOCKET = /^unix:(?:\/\/)?(?<host>\S+)$/;

const addresses = new BoundedValues('server.address', /^[^\s'"();]{1,255}$/);

/**
 * The attributes of a channel's target. The address of a target that does not name one host is the target itself.
 * (Semantic conventions for gRPC, "Client", `server.address`)
 *
 * @param target as `getTarget()` of a channel gives it, with its scheme
 */
export function grpcTarget(target: unknown): ServerAttributes {
  if (typeof target !== 'string' || target === '') return {};
  const { host, port } = (SOCKET.exec(target) ?? ONE_HOST.exec(target))?.groups ?? { host: target };
  const bare = host?.replace(/^\[(.*)\]$/, '$1');
  const address = addresses.admit(bare);
  // The ports of `_OTHER` would be without a bound.
  const hasPort = port !== undefined && address === bare;
  return { 'server.address': address, ...(hasPort && { 'server.port': Number(port) }) };
}
