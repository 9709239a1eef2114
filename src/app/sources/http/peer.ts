/** The destination of a request. (Semantic conventions, "HTTP metrics", "HTTP client") */
export interface Peer {
  /** `server.address`: a host name, an IP address, or the path of a Unix domain socket. */
  readonly address: string;
  /** `server.port`. A Unix domain socket has none. */
  readonly port: number | undefined;
}

/** Peers in the cache. Beyond that each request creates its own. */
const MAX_CACHED_PEERS = 1000;

const peers = new Map<string, Peer>();

/** The peer of an origin (`https://example.com:8443`). Equal texts give the same peer while the cache has room. */
export function peerOfOrigin(origin: string): Peer {
  const known = peers.get(origin);
  if (known !== undefined) return known;
  const { hostname, port, protocol } = new URL(origin);
  return keep(origin, { address: unbracketed(hostname), port: Number(port) || defaultPort(protocol) });
}

/**
 * The peer of an authority (`example.com:8443`, `[::1]:80`).
 *
 * @param protocol `http:` or `https:`. Its default port applies if the authority has none.
 */
export function peerOfAuthority(authority: string, protocol: string): Peer {
  const key = `${protocol} ${authority}`;
  const known = peers.get(key);
  if (known !== undefined) return known;
  const [, host = authority, port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  return keep(key, { address: unbracketed(host), port: port ? Number(port) : defaultPort(protocol) });
}

function keep(key: string, peer: Peer): Peer {
  if (peers.size < MAX_CACHED_PEERS) peers.set(key, peer);
  return peer;
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function defaultPort(protocol: string): number {
  return protocol === 'https:' ? 443 : 80;
}
