import { diag } from '@opentelemetry/api';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { authority, listen } from './listen.ts';
import { route } from './routing.ts';
import { createScrape } from './scrape.ts';
import { createTranslate } from './translate.ts';
import { warnOnce } from './warnings.ts';

export interface ServerOptions {
  /** A name or an address; `localhost` is 127.0.0.1 and ::1. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** All metrics as they are now. A rejection fails the scrape; `errors` in the result do not. */
  readonly collect: () => Promise<CollectionResult>;
  /** Labels that name a metric's instrumentation scope. True by default, as the specification wants. */
  readonly scopeLabels?: boolean;
  /** Scrapes in flight at once, before others are refused with 503. 10 by default. */
  readonly maxScrapes?: number;
  /** Milliseconds a collection may take. 10,000 by default. */
  readonly collectTimeout?: number;
  /** Milliseconds a client may take to receive the body. 60,000 by default. */
  readonly sendTimeout?: number;
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
 * Serves the metrics at `/metrics` in the Prometheus text format. Rejects with a `ListenError` if the
 * port cannot be had. What cannot be served as it is, is reported once through `diag.warn`.
 */
export async function startServer(options: ServerOptions): Promise<MetricsServer> {
  const { host, port, collect, scopeLabels = true } = options;
  const { maxScrapes = 10, collectTimeout = 10_000, sendTimeout = 60_000 } = options;
  const warn = warnOnce((message) => diag.warn(message));
  const failed = (error: unknown) => warn(`the metrics endpoint: ${String(error)}`);

  const translate = createTranslate({ scopeLabels, warn });
  const scrape = createScrape({ collect, translate, warn, maxScrapes, collectTimeout, sendTimeout });
  const handlers = new Map([
    ['/metrics', scrape],
    ['/metrics/', scrape],
  ]);
  const listening = await listen(route(handlers, failed), host, port);
  for (const server of listening.servers) server.on('error', failed);

  return {
    url: `http://${authority(host, listening.port)}/metrics`,
    port: listening.port,
    async close() {
      const closed = listening.servers.map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      const timer = setTimeout(() => {
        for (const server of listening.servers) server.closeAllConnections();
      }, GRACE);
      await Promise.all(closed);
      clearTimeout(timer);
    },
  };
}
