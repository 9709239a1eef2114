import type { IncomingHttpHeaders } from 'node:http';
import { LateError } from './coalescing.ts';
import { answer, type Handler } from './routing.ts';

export interface Limits {
  /** The plural of what is limited, for the client that gets 503. */
  readonly what: string;
  /** Requests in flight; one more gets 503. */
  readonly inFlight: number;
  /** Milliseconds for a request whose client names no timeout. */
  readonly timeout: number;
  /** Called for each request that gets 503 because too many are in flight. */
  readonly refused: () => void;
}

/** Prometheus' scrape timeout, in seconds. */
const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';
/** Milliseconds of the client's timeout that are left for the network, as in Prometheus' own exporters. */
const MARGIN_MS = 500;
/** The margin's largest share of a short timeout. */
const MARGIN_SHARE = 0.2;
/** The longest timeout that a client can ask for. */
const MAX_TIMEOUT_MS = 300_000;

const RETRY_SOON = { 'retry-after': '1' };

/**
 * The handler within limits. A request keeps its place until its response is complete or its client has left. At the
 * deadline the handler's signal aborts with a `LateError`. A response that has begun by then is cut off, because its
 * client has given up.
 */
export function limited(handler: Handler, { what, inFlight, timeout, refused }: Limits): Handler {
  let places = inFlight;
  return async (request, response, left) => {
    if (places === 0) {
      refused();
      answer(response, 503, `as many ${what} as are allowed are in flight: ${inFlight}`, RETRY_SOON);
      return;
    }
    places--;
    const late = new AbortController();
    const allowed = timeoutOf(request.headers) ?? timeout;
    const timer = setTimeout(() => {
      late.abort(new LateError(`no result in ${allowed} ms`));
      if (response.headersSent) response.destroy();
    }, allowed);
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      places++;
      clearTimeout(timer);
    };
    response.once('close', over);
    left.addEventListener('abort', over);
    await handler(request, response, AbortSignal.any([left, late.signal]));
  };
}

/** Milliseconds for a client that names its timeout; `undefined` for one that does not. */
export function timeoutOf(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Number(headers[TIMEOUT_HEADER]);
  if (!(seconds > 0)) return undefined;
  const allowed = Math.min(seconds * 1000, MAX_TIMEOUT_MS);
  return Math.max(1, Math.round(allowed - Math.min(MARGIN_MS, allowed * MARGIN_SHARE)));
}
