import type { Socket } from 'node:net';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import { reasonOf } from '../base/reason.ts';
import type { TranslationStrategy } from '../naming/naming.ts';
import type { FormatOptions } from './expose/formats/formats.ts';
import { createScrape, type Scraped } from './expose/scrape.ts';
import { createTranslate } from './expose/translate.ts';
import { warnOnce } from './expose/warnings.ts';
import { type CardinalityReport, createCardinality } from './http/cardinality.ts';
import { Connections } from './http/connections.ts';
import { createHealth, LIVE_PATH, READY_PATH } from './http/health.ts';
import { type Limits, limited, timeoutOf } from './http/limits.ts';
import { authority, listen } from './http/listen.ts';
import { type Handler, route } from './http/routing.ts';
import { sameOriginOnly } from './http/security/browsers.ts';
import { type Refusal as GuardRefusal, guarded } from './http/security/guard.ts';
import { createHandshakes } from './http/security/handshake.ts';
import { isLocal, openEndpointWarning } from './http/security/open-endpoint.ts';
import { createSecurity, type SecuredFile, type SecurityOptions } from './http/security/security.ts';
import { createPage } from './page/page.ts';
import type { ProcessMetrics } from './processes/service-view.ts';

export interface ServerOptions extends SecurityOptions, FormatOptions {
  /** A name or an address; `localhost` is 127.0.0.1 and ::1. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** All metrics as they are now. A rejection fails the scrape; `errors` in the result do not. */
  readonly collect: () => Promise<CollectionResult>;
  /** What each process behind the endpoint has told, as of the last collection; for the page. */
  readonly eachProcess?: () => readonly ProcessMetrics[];
  /** Labels that name a metric's instrumentation scope. True by default, as the specification wants. */
  readonly scopeLabels?: boolean;
  /** How names become Prometheus' names. `UnderscoreEscapingWithSuffixes` by default. */
  readonly translationStrategy?: TranslationStrategy;
  /** Scrapes in flight at once, before others are refused with 503. 10 by default. */
  readonly maxScrapes?: number;
  /** Milliseconds for a scrape whose client does not say how long it waits. 10,000 by default. */
  readonly scrapeTimeout?: number;
  /** Milliseconds for which a snapshot is served again. 0 by default. */
  readonly scrapeCache?: number;
  /** Milliseconds after which a client is cut off that takes nothing of a response. 5,000 by default. */
  readonly stallTimeout?: number;
  /** Milliseconds for a client to take a response that is no scrape's. 30,000 by default. */
  readonly responseTimeout?: number;
  /** Bytes that all clients together may not have taken yet. 64 MiB by default. */
  readonly maxUnsent?: number;
  /** Open connections at once. 200 by default. */
  readonly maxConnections?: number;
  /** Why the application is not ready, or undefined when it is. Without it there are no health paths. */
  readonly notReady?: () => string | undefined;
  /** The series there are, by instrument. Without it there is no `/metrics/cardinality`. */
  readonly cardinality?: CardinalityReport;
  /** Whether the health paths need no credentials. False by default. */
  readonly openHealth?: boolean;
  /** Origins whose scripts may read answers; `*` for all. None by default. */
  readonly corsOrigins?: readonly string[];
  /** Host names under which an open endpoint on loopback answers; `*` for all. None but this machine's by default. */
  readonly allowedHosts?: readonly string[];
  /** Whether people are shown a live page at `/`. `off` by default. */
  readonly page?: 'on' | 'off';
  /** Series that one instrument may have, for the page. */
  readonly seriesLimit?: number;
  readonly events?: ServerEvents;
}

export type Refusal = GuardRefusal | 'origin' | 'handshake' | 'connections' | 'scrapes';

/** What happens at the endpoint, for those who count it. */
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
 * Serves the metrics at `/metrics` in the format that is asked for, and at `/metrics.json`. Rejects with a `SecurityError` if it
 * cannot be secured as the options say, and with a `ListenError` if the port cannot be had; nothing is
 * open then. What cannot be served as it is, is reported once through `diag.warn`.
 */
export async function startServer(options: ServerOptions): Promise<MetricsServer> {
  const { host, port, scopeLabels = true, events = {}, corsOrigins = [], openHealth = false } = options;
  const {
    allowedHosts = [],
    maxScrapes = 10,
    scrapeTimeout = 10_000,
    scrapeCache = 0,
    stallTimeout = 5000,
  } = options;
  const { responseTimeout = 30_000 } = options;
  const warn = warnOnce((message) => diag.warn(message));
  const failed = (error: unknown) => warn(`the metrics endpoint: ${reasonOf(error)}`);
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
    deadlineOf: ({ headers }) => Math.max(responseTimeout, scrapeTimeout, timeoutOf(headers) ?? 0),
    dropped: () => refused('connections'),
  });

  const bounds: Limits = {
    inFlight: maxScrapes,
    timeout: scrapeTimeout,
    refused: () => refused('scrapes'),
  };
  const translate = createTranslate({
    ...(options.translationStrategy && { strategy: options.translationStrategy }),
    scopeLabels,
    warn,
  });
  const scrape = limited(
    createScrape({
      ...options,
      ...(events.scraped && { scraped: events.scraped }),
      translate,
      warn,
      collectTimeout: scrapeTimeout,
      reuse: scrapeCache,
    }),
    bounds,
  );
  const page = options.page === 'on' ? createPage({ ...options, failed }) : undefined;
  const handlers = new Map([
    ['/metrics', scrape],
    ['/metrics/', scrape],
    ['/metrics.json', scrape],
    ...(options.notReady === undefined ? [] : createHealth(options.notReady)),
    ...(options.cardinality === undefined ? [] : createCardinality(options.cardinality)),
    ...Array.from(page?.handlers ?? [], ([path, handler]): [string, Handler] => [
      path,
      sameOriginOnly(handler, corsOrigins, () => refused('origin')),
    ]),
  ]);
  // The first requests come before all addresses are known.
  let isReachedLocally = true;
  const guard = guarded(route(handlers, failed), {
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
    (request, response) => {
      if (connections.track(request, response)) guard(request, response);
    },
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
      page?.close();
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
