import type { Meter } from '@opentelemetry/api';
import type { Source } from '../source.ts';
import { ClientConnections } from './client-connections.ts';
import { ClientMetrics } from './client-metrics.ts';
import { watchExpress } from './express-routers.ts';
import { watchFastify } from './fastify-route.ts';
import { watchFeathers } from './feathers-route.ts';
import { measureFetch } from './fetch-client.ts';
import { watchH3 } from './h3-route.ts';
import { watchHapi } from './hapi-route.ts';
import { measureHttp1Clients } from './http1-client.ts';
import { measureHttp1Servers } from './http1-server.ts';
import { createInstruments } from './instruments.ts';
import { watchKoa } from './koa-route.ts';
import type { NativeHttpOptions } from './options.ts';
import { watchPolka } from './polka-route.ts';
import { watchRestify } from './restify-route.ts';
import { ServerMetrics } from './server-metrics.ts';
import { measureListeningServers } from './servers.ts';

/**
 * Measures HTTP for metrics alone: servers of HTTP/1 and HTTP/2, and clients of `node:http`, `fetch` and undici. It
 * makes no spans, enters no context and wraps no request: it listens to the diagnostics channels of Node.js, and to
 * the ends of connections. Call it before the application loads.
 *
 * @returns ends recording
 */
export function measureHttp(meter: Meter, options: NativeHttpOptions = {}): () => void {
  const instruments = createInstruments(meter, options.extraAttributes?.names);
  const servers = new ServerMetrics(instruments, options);
  const clients = new ClientMetrics(instruments, options);
  const connections = new ClientConnections(instruments);
  const stops = [
    watchExpress(),
    watchKoa(),
    watchFastify(),
    watchHapi(),
    watchH3(),
    watchRestify(),
    watchPolka(),
    watchFeathers(),
    measureHttp1Servers(servers),
    measureListeningServers(servers),
    measureHttp1Clients(clients, connections, options.others),
    measureFetch(clients, connections, options.others),
    () => {
      servers.stop();
      clients.stop();
      connections.stop();
    },
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The automatic source `http` as pitot itself measures it. */
export function nativeHttp(options: NativeHttpOptions): Source {
  return {
    name: 'http',
    packages: [],
    start: (meterProvider) => measureHttp(meterProvider.getMeter('pitot/http'), options),
  };
}
