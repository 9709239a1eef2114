import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { answer, type Handler } from './routing.ts';
import { LateError, shared } from './sharing.ts';
import { encodeText, TEXT_CONTENT_TYPE } from './text.ts';
import type { Translate } from './translate.ts';

export interface ScrapeOptions {
  readonly collect: () => Promise<CollectionResult>;
  readonly translate: Translate;
  readonly warn: (message: string) => void;
  /** Scrapes beyond this number at once are answered with 503. */
  readonly maxScrapes: number;
  /** Milliseconds after which a collection is given up and its scrapes are answered with 503. */
  readonly collectTimeout: number;
  /** Milliseconds after which a client that has not taken the whole body is cut off. */
  readonly sendTimeout: number;
}

const RETRY_SOON = { 'retry-after': '1' };

/**
 * Answers scrapes. What goes wrong before the first byte is a 5xx with the reason; after it, the
 * connection is cut, so that no client takes a part for the whole. Scrapes at one time share one
 * collection and one translation. Errors of single callbacks are warnings: the rest is served.
 */
export function createScrape(options: ScrapeOptions): Handler {
  const { collect, translate, warn, maxScrapes, collectTimeout, sendTimeout } = options;
  let scrapes = 0;

  const families = shared(async () => {
    const { resourceMetrics, errors } = await collect();
    await resourceMetrics.resource.waitForAsyncAttributes?.();
    for (const error of errors) warn(`part of a collection failed: ${reason(error)}`);
    return translate(resourceMetrics);
  }, collectTimeout);

  /** Lets other scrapes have a turn of the event loop after each chunk. */
  async function* paced(first: IteratorResult<Buffer>, chunks: Generator<Buffer>): AsyncGenerator<Buffer> {
    try {
      for (let next = first; !next.done; next = chunks.next()) {
        yield next.value;
        await setImmediate();
      }
    } catch (error) {
      warn(`a scrape was cut off: ${reason(error)}`);
      throw error;
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let chunks: Generator<Buffer>;
    let first: IteratorResult<Buffer>;
    try {
      chunks = encodeText(await families());
      first = chunks.next();
    } catch (error) {
      const line = `collection failed: ${reason(error)}`;
      warn(`a scrape was refused: ${line}`);
      if (error instanceof LateError) answer(response, 503, line, RETRY_SOON);
      else answer(response, 500, line);
      return;
    }
    response.writeHead(200, { 'content-type': TEXT_CONTENT_TYPE });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await pipeline(paced(first, chunks), response, { signal: AbortSignal.timeout(sendTimeout) });
    } catch {
      // The pipeline has closed the connection. A fault of ours has been reported by now; a client that
      // goes away or takes too long is none.
    }
  }

  return async (request, response) => {
    if (scrapes >= maxScrapes) {
      answer(response, 503, `as many scrapes as are allowed are in flight: ${maxScrapes}`, RETRY_SOON);
      return;
    }
    scrapes++;
    try {
      await serve(request, response);
    } finally {
      scrapes--;
    }
  };
}

/** One line, and not a long one. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s+/g, ' ').slice(0, 200);
}
