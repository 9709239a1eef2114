import type { Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import { listenTo } from './channels.ts';
import { measureHttp2Server } from './http2-server.ts';
import type { ServerMetrics } from './server-metrics.ts';
import { measureUpgrades } from './upgrade.ts';

/** Node.js publishes this when a server of `node:net` starts to listen. */
const LISTEN = 'tracing:net.server.listen:asyncStart';

/**
 * Measures the requests that no channel reports in every version of Node.js: requests over HTTP/2, and
 * requests that leave HTTP (upgrades and CONNECT). Both are events of a server. pitot adds its listeners
 * once, when the server starts to listen. They do nothing after the end of recording.
 */
export function measureListeningServers(metrics: ServerMetrics): () => void {
  const met = new WeakSet<object>();
  const onListen = (message: unknown) => {
    const { server } = message as { server: object };
    if (met.has(server)) return;
    met.add(server);
    // Detects servers by their features: their classes are in modules that the application may not need.
    if ('updateSettings' in server) measureHttp2Server(server as Http2Server, metrics);
    if ('requestTimeout' in server) measureUpgrades(server as Server, metrics);
  };
  return listenTo({ [LISTEN]: onListen });
}
