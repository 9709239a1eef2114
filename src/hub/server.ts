import type { Socket } from 'node:net';
import { diag } from '../base/diag.ts';
import type { Scraped } from './expose/scrape.ts';
import { createHandlers, type HandlerOptions, type Handlers } from './handlers.ts';
import { Connections } from './http/connections.ts';
import { LIVE_PATH, READY_PATH } from './http/health.ts';
import { timeoutOf } from './http/limits.ts';
import { authority, listen } from './http/listen.ts';
import { createPprof, profileTimeOf } from './http/pprof.ts';
import { route } from './http/routing.ts';
import { type Refusal as GuardRefusal, guarded } from './http/security/guard.ts';
import { createHandshakes } from './http/security/handshake.ts';
import { isLocal, openEndpointWarning } from './http/security/open-endpoint.ts';
import { createSecurity, isOpen, type SecuredFile, type SecurityOptions } from './http/security/security.ts';

export interface ServerOptions extends SecurityOptions, HandlerOptions {
  /** The handlers to serve; made from these options by default. */
  readonly handlers?: Handlers;
  /** A name or an address; `localhost` is 127.0.0.1 and ::1. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Milliseconds after which a client is cut off that takes nothing of a response. 5,000 by default. */
  readonly stallTimeout?: number;
  /** Milliseconds for a client to take any response but a scrape's. 30,000 by default. */
  readonly responseTimeout?: number;
  /** Bytes that all clients together may not have taken yet. 64 MiB by default. */
  readonly maxUnsent?: number;
  /** Open connections at once. 200 by default. */
  readonly maxConnections?: number;
  /** Whether profiles are served; only with credentials. False by default. */
  readonly pprof?: boolean;
  /** Why the application's threads cannot be inspected; `undefined` if they can. */
  readonly inspectionObstacle?: string | undefined;
  /** Whether the health paths need no credentials. False by default. */
  readonly openHealth?: boolean;
  /** Host names under which an open endpoint on loopback answers; `*` for all. None but this machine's by default. */
  readonly allowedHosts?: readonly string[];
  readonly events?: ServerEvents;
}

export type Refusal = GuardRefusal | 'origin' | 'handshake' | 'connections' | 'scrapes';

/** Events of the endpoint, for the counters. */
interface ServerEvents {
  /** A connection or a request was not let in. */
  readonly refused?: (reason: Refusal) => void;
  /** A file that secures the endpoint has changed, and could be used or not. */
  readonly reloaded?: (file: SecuredFile, isGood: boolean) => void;
  readonly scraped?: (scrape: Scraped) => void;
}

export interface MetricsServer {
  /** Where to scrape: `http://localhost:9464/metrics`. */
  readonly url: string;
  /** The port in use, also where port 0 was asked for. */
  readonly port: number;
  /** Accepts no more scrapes; those in flight have a second to end. */
  close(): Promise<void>;
}

/** Milliseconds for scrapes in flight when the server is closed. */
const GRACE = 1000;

/**
 * Serves the metrics at `/metrics` in the requested format, and at `/metrics.json`. Rejects with a `SecurityError` if it
 * cannot be secured as the options say, and with a `ListenError` if it cannot have the port; then nothing is open. It
 * reports metrics that it has to change or leave out through `diag.warn`, once.
 */
export async function startServer(options: ServerOptions): Promise<MetricsServer> {
  const { host, port, events = {}, corsOrigins = [], openHealth = false } = options;
  const {
    allowedHosts = [],
    scrapeTimeout = 10_000,
    stallTimeout = 5000,
    responseTimeout = 30_000,
  } = options;
  const handlers = options.handlers ?? createHandlers(options);
  const { failed } = handlers;
  const refused = (reason: Refusal) => events.refused?.(reason);

  const rules = await createSecurity(options, {
    reloaded(file, error) {
      events.reloaded?.(file, error === undefined);
      if (error === undefined) diag.info(`${file} has been read again, and is in force`);
      else diag.error(`${error.message}; what was in force before still is`);
    },
  }).catch((error: unknown) => failUnlessTaken(host, port, error));
  const handshakes = createHandshakes({
    rules,
    perRequest: openHealth,
    refused(reason) {
      diag.debug(`a TLS handshake failed: ${reason}`);
      refused('handshake');
    },
  });
  const connections = new Connections({
    limit: options.maxConnections ?? 200,
    maxUnsent: options.maxUnsent ?? 64 * 1024 * 1024,
    stall: stallTimeout,
    deadlineOf: ({ headers, url }) =>
      Math.max(responseTimeout, scrapeTimeout, timeoutOf(headers) ?? 0) + profileTimeOf(url),
    dropped: () => refused('connections'),
  });

  // Not among the handlers of an application's own route, whose credentials pitot does not know.
  const pprof =
    options.pprof === true
      ? createPprof({
          obstacle: options.inspectionObstacle,
          isOpen: () => isOpen(rules()),
          hasPage: options.page === 'on',
          origins: corsOrigins,
          refused: () => refused('origin'),
        })
      : [];
  // The first requests come before all addresses are known.
  let isReachedLocally = true;
  const guard = guarded(route(new Map([...handlers.byPath, ...pprof]), failed), {
    rules,
    handshakes,
    origins: corsOrigins,
    isLocal: () => isReachedLocally,
    hosts: [...allowedHosts, host.toLowerCase()],
    openPaths: openHealth ? [LIVE_PATH, READY_PATH] : [],
    authenticated: (socket) => connections.authenticated(socket),
    refused,
    failed,
  });
  const listening = await listen(
    (request, response) => connections.serve(request, response, guard),
    host,
    port,
    (serve) => {
      const accept = handshakes.acceptFor(serve);
      return (connection) => {
        if (connections.admit(connection)) accept(connection);
      };
    },
  );
  for (const server of listening.servers) server.on('error', failed);
  isReachedLocally = isLocal(listening.addresses);
  const scheme = rules().tls === undefined ? 'http' : 'https';
  const warning = openEndpointWarning(authority(host, listening.port), listening.addresses, rules());
  if (warning !== undefined) diag.warn(warning);

  return {
    url: `${scheme}://${authority(host, listening.port)}/metrics`,
    port: listening.port,
    async close() {
      handlers.close();
      const closed = listening.servers.map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      const timer = setTimeout(() => connections.closeAll(), GRACE);
      await Promise.all(closed);
      clearTimeout(timer);
      connections.end();
    },
  };
}

/** A port that is in use is the first thing to be told of: another process of the service may serve on it. */
async function failUnlessTaken(host: string, port: number, error: unknown): Promise<never> {
  const closed = () => (connection: Socket) => void connection.destroy();
  const { servers } = await listen(() => {}, host, port, closed);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  throw error;
}
