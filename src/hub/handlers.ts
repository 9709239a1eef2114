import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import { reasonOf } from '../base/reason.ts';
import type { DefaultMetrics } from '../config/settings/endpoint.ts';
import type { TranslationStrategy } from '../naming/naming.ts';
import { served } from './collect/served-histogram.ts';
import type { FormatOptions } from './expose/formats/formats.ts';
import { createScrape, type Scraped } from './expose/scrape.ts';
import { createTranslate } from './expose/translate.ts';
import { warnOnce } from './expose/warnings.ts';
import { type CardinalityReport, createCardinality } from './http/cardinality.ts';
import { createHealth } from './http/health.ts';
import { limited } from './http/limits.ts';
import { type Handler, jsonOf } from './http/routing.ts';
import { sameOriginOnly } from './http/security/browsers.ts';
import { pageOnDemand } from './page/on-demand.ts';
import type { ProcessMetrics } from './processes/service-view.ts';
import type { StallReport } from './stalls/report.ts';

export interface HandlerOptions extends FormatOptions {
  /** All metrics as they are now. A rejection fails the scrape; `errors` in the result do not. */
  readonly collect: () => Promise<CollectionResult>;
  /** The metrics of each process behind the endpoint, as of the last collection; for the page. */
  readonly eachProcess?: () => readonly ProcessMetrics[];
  /** Labels that name a metric's instrumentation scope. True by default, as the specification wants. */
  readonly scopeLabels?: boolean;
  /** The origin of the names for process and runtime. Default: the conventions. */
  readonly defaultMetrics?: DefaultMetrics;
  /** How names become Prometheus' names. `UnderscoreEscapingWithSuffixes` by default. */
  readonly translationStrategy?: TranslationStrategy;
  /** Scrapes in flight at once, before others are refused with 503. 10 by default. */
  readonly maxScrapes?: number;
  /** Milliseconds for a scrape whose client does not say how long it waits. 10,000 by default. */
  readonly scrapeTimeout?: number;
  /** Milliseconds for which a snapshot is served again. 0 by default. */
  readonly scrapeCache?: number;
  /** Why the application is not ready, or undefined when it is. Without it there are no health paths. */
  readonly notReady?: () => string | undefined;
  /** The series there are, by instrument. Without it there is no `/metrics/cardinality`. */
  readonly cardinality?: CardinalityReport;
  /** The last stalls of the service. Without it there is no `/stalls`. */
  readonly stalls?: () => StallReport;
  /** Origins whose scripts may read answers; `*` for all. None by default. */
  readonly corsOrigins?: readonly string[];
  /** Whether people are shown a live page at `/`. `off` by default. */
  readonly page?: 'on' | 'off';
  /** Series that one instrument may have, for the page. */
  readonly seriesLimit?: number;
  readonly events?: HandlerEvents;
}

/** Events of requests, for the counters. */
interface HandlerEvents {
  /** A request was not let in. */
  readonly refused?: (reason: 'origin' | 'scrapes') => void;
  readonly scraped?: (scrape: Scraped) => void;
}

/** All that the hub serves, by path. */
export interface Handlers {
  readonly byPath: ReadonlyMap<string, Handler>;
  /** Takes a fault of a handler. */
  readonly failed: (error: unknown) => void;
  /** Makes the labels of all series, which a scrape then finds. */
  prepare(): Promise<void>;
  /** Ends the streams of the page. */
  close(): void;
}

/**
 * Makes the handlers of `/metrics`, `/metrics.json`, the health paths and the page. The endpoint and the application's
 * own routes share them, and with them the limits. Each fault is reported once, through `diag.warn`.
 */
export function createHandlers(options: HandlerOptions): Handlers {
  const { scopeLabels = true, maxScrapes = 10, scrapeTimeout = 10_000, scrapeCache = 0 } = options;
  const { corsOrigins = [], events = {}, stalls } = options;
  const warn = warnOnce((message) => diag.warn(message));
  const failed = (error: unknown) => warn(`the metrics endpoint: ${reasonOf(error)}`);
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
    {
      what: 'scrapes',
      inFlight: maxScrapes,
      timeout: scrapeTimeout,
      refused: () => events.refused?.('scrapes'),
    },
  );
  const page = options.page === 'on' ? pageOnDemand({ ...options, failed }) : undefined;
  const byPath = new Map([
    ['/metrics', scrape],
    ['/metrics/', scrape],
    ['/metrics.json', scrape],
    ...(options.notReady === undefined ? [] : createHealth(options.notReady)),
    ...(options.cardinality === undefined ? [] : createCardinality(options.cardinality)),
    ...(stalls === undefined ? [] : [['/stalls', jsonOf(() => JSON.stringify(stalls()))] as const]),
    ...Array.from(page?.handlers ?? [], ([path, handler]): [string, Handler] => [
      path,
      sameOriginOnly(handler, corsOrigins, () => events.refused?.('origin')),
    ]),
  ]);
  return {
    byPath,
    failed,
    async prepare() {
      const { resourceMetrics } = await options.collect();
      // Prometheus 3.0 and later ask for this escaping. Earlier ones get the default strategy's single translation.
      await translate(served(resourceMetrics), 'allow-utf-8');
    },
    close: () => page?.close(),
  };
}
