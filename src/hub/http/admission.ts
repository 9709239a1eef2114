import type { IncomingHttpHeaders } from 'node:http';
import { answer, type Handler } from './routing.ts';
import { LateError } from './sharing.ts';

export interface Bounds {
  /** Requests at once; what goes beyond is answered with 503. */
  readonly inFlight: number;
  /** Milliseconds for a request whose client does not say how long it waits. */
  readonly timeout: number;
  /** Milliseconds after which a client that takes nothing of its answer is cut off. */
  readonly stall: number;
  /** Called for each request that is answered with 503 because of the others in flight. */
  readonly refused: () => void;
}

/** Prometheus says in this header, in seconds, for how long it waits for the answer. */
const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';
/** Milliseconds of the client's patience that are left for the network, as in Prometheus' own exporters. */
const MARGIN = 500;
/** Where the client's patience is short, the margin is no more than this share of it. */
const MARGIN_SHARE = 0.2;
/** Milliseconds that no client can ask to exceed. */
const LONGEST = 300_000;

const RETRY_SOON = { 'retry-after': '1' };

/**
 * The handler with bounds. A request has its place until its answer is complete or its client has left.
 * At the deadline the handler's signal is aborted with a `LateError`; an answer that has begun by then is
 * cut off, because its client has given up.
 */
export function bounded(handler: Handler, { inFlight, timeout, stall, refused }: Bounds): Handler {
  let places = inFlight;
  return async (request, response, left) => {
    if (places === 0) {
      refused();
      answer(response, 503, `as many scrapes as are allowed are in flight: ${inFlight}`, RETRY_SOON);
      return;
    }
    places--;
    const late = new AbortController();
    const patience = timeoutOf(request.headers) ?? timeout;
    const timer = setTimeout(() => {
      late.abort(new LateError(`no result in ${patience} ms`));
      if (response.headersSent) response.destroy();
    }, patience);
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      places++;
      clearTimeout(timer);
    };
    response.once('close', over);
    left.addEventListener('abort', over);
    // A client takes nothing as long as there is nothing to take, and that is not its fault.
    response.setTimeout(stall, () => {
      if (response.headersSent) response.destroy();
      else response.setTimeout(stall);
    });
    await handler(request, response, AbortSignal.any([left, late.signal]));
  };
}

/** Milliseconds for the answer to a client that says how long it waits, and undefined for one that does not. */
function timeoutOf(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Number(headers[TIMEOUT_HEADER]);
  if (!(seconds > 0)) return undefined;
  const patience = Math.min(seconds * 1000, LONGEST);
  return Math.max(1, Math.round(patience - Math.min(MARGIN, patience * MARGIN_SHARE)));
}
