import { setImmediate } from 'node:timers/promises';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { reasonOf } from '../../base/reason.ts';
import type { DefaultMetrics } from '../../config/settings/endpoint.ts';
import { served } from '../collect/served-histogram.ts';
import { coalesced, LateError } from '../http/coalescing.ts';
import { chooseCoding } from '../http/compression.ts';
import { answer, type Handler, type HandlerRequest, pathOf } from '../http/routing.ts';
import { type Body, writeBody } from './body-writer.ts';
import { createDefaultMetrics } from './default-metrics.ts';
import type { Chunks } from './formats/format.ts';
import { type FormatOptions, JSON_FORMAT, scrapeFormats } from './formats/formats.ts';
import { filterByName } from './name-filter.ts';
import { always, type Negotiated, negotiate } from './negotiation.ts';
import type { Translate } from './translate.ts';

export interface ScrapeOptions extends FormatOptions {
  readonly collect: () => Promise<CollectionResult>;
  readonly translate: Translate;
  readonly warn: (message: string) => void;
  /** The origin of the names for process and runtime. Default: the conventions. */
  readonly defaultMetrics?: DefaultMetrics;
  /** Milliseconds after which further scrapes no longer join a collection that has not ended. */
  readonly collectTimeout: number;
  /** Milliseconds for which pitot serves a snapshot again; 0 for never. */
  readonly reuse: number;
  /** Called at the end of every scrape, successful or not. */
  readonly scraped?: (scrape: Scraped) => void;
}

/** A scrape that has ended. */
export interface Scraped {
  /** The requested format. */
  readonly format: string;
  /**
   * `complete`, or the reason why not: the collection failed (`failed`), it took too long (`late`), or the
   * client got only the beginning of an answer (`cut`).
   */
  readonly outcome: 'complete' | 'failed' | 'late' | 'cut';
  /** Milliseconds since the request. */
  readonly duration: number;
  /** Bytes of the body, as sent. */
  readonly bytes: number;
}

const RETRY_SOON = { 'retry-after': '1' };

/**
 * Answers scrapes in the format that the client asks for, and as JSON at a path that ends with `.json`.
 * A failure before the first byte is a 5xx with the reason. A failure after it cuts the connection, so that
 * no client takes a part for the whole. Simultaneous scrapes share one collection and one translation. The
 * error of a single callback is a warning, and pitot serves the other metrics.
 */
export function createScrape(options: ScrapeOptions): Handler {
  const { collect, translate, warn, collectTimeout, reuse, scraped = () => {} } = options;
  const formats = scrapeFormats(options);
  const withDefaultMetrics = createDefaultMetrics(options.defaultMetrics ?? 'opentelemetry');

  const snapshot = coalesced(
    async () => {
      const { resourceMetrics, errors } = await collect();
      await resourceMetrics.resource.waitForAsyncAttributes?.();
      for (const error of errors) warn(`part of a collection failed: ${reason(error)}`);
      return served(withDefaultMetrics(resourceMetrics));
    },
    { joinable: collectTimeout, reuse },
  );

  function wishesOf({ url = '', headers }: HandlerRequest): Negotiated {
    const isJson = pathOf(url)?.endsWith('.json') ?? false;
    return isJson ? always(JSON_FORMAT) : negotiate(headers.accept, formats);
  }

  async function begin({ format, escaping }: Negotiated, target: string, signal: AbortSignal): Promise<Body> {
    const families = await translate(await snapshot(signal), escaping);
    signal.throwIfAborted();
    const chunks = format.encode(filterByName(families, target));
    let first = chunks.next();
    while (!first.done && first.value.length === 0) {
      await setImmediate();
      first = chunks.next();
    }
    return { first, rest: reported(chunks) };
  }

  function* reported(chunks: Chunks): Chunks {
    try {
      yield* chunks;
    } catch (error) {
      warn(`a scrape was cut off: ${reason(error)}`);
      throw error;
    }
  }

  return async (request, response, signal) => {
    const began = performance.now();
    const wishes = wishesOf(request);
    let bytes = 0;
    const end = (outcome: Scraped['outcome']) => {
      scraped({ format: wishes.format.name, outcome, duration: performance.now() - began, bytes });
    };
    let body: Body;
    try {
      body = await begin(wishes, request.url ?? '', signal);
    } catch (error) {
      const isLate = error instanceof LateError;
      // The client has gone, so no answer is needed.
      if (response.closed) return end('cut');
      const line = `collection failed: ${reason(error)}`;
      warn(`a scrape was refused: ${line}`);
      if (isLate) answer(response, 503, line, RETRY_SOON);
      else answer(response, 500, line);
      return end(isLate ? 'late' : 'failed');
    }
    const coding = chooseCoding(request.headers['accept-encoding']);
    response.appendHeader('vary', 'accept, accept-encoding');
    response.writeHead(200, {
      'content-type': wishes.contentType,
      ...(coding.create !== undefined && { 'content-encoding': coding.name }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return end('complete');
    }
    try {
      await writeBody(body, response, {
        compressor: coding.create?.(),
        signal,
        sent: (more) => {
          bytes += more;
        },
      });
      end('complete');
    } catch {
      // The connection is closed. A fault of pitot is in the log by now; a client that disconnects or takes
      // too long is not worth a warning.
      end('cut');
    }
  };
}

/** One line of limited length. */
function reason(error: unknown): string {
  const message = reasonOf(error);
  return message.replace(/\s+/g, ' ').slice(0, 200);
}
