import type { ServerResponse } from 'node:http';
import type { BoundAdder } from '../../record/api.ts';
import type { SeriesGroup } from './server-series.ts';

/** Where a request (or an HTTP/2 stream) that is being measured keeps its {@link Exchange}. */
export const EXCHANGE = Symbol('pitot.exchange');

/** A request or stream that may be measured. */
export interface Measured {
  [EXCHANGE]?: Exchange;
}

/**
 * One request that a server is answering, from its headers to the end of the response. There is one of
 * these a request, and nothing else of ours: everything that can be shared by a connection, a route or
 * a status is shared.
 */
export class Exchange {
  /** The raw request; of HTTP/2 the compatibility API's, once it is known. */
  request: object;
  /** Of HTTP/1 only. */
  response: ServerResponse | undefined = undefined;
  readonly group: SeriesGroup;
  readonly method: string;
  /** Milliseconds on the clock of `performance.now`. */
  readonly startedAt: number;
  /** The gauge this request is counted in until it ends. */
  readonly active: BoundAdder;
  /** Bytes of the request's body so far, as they came over the wire; `undefined` where they cannot be seen. */
  received: number | undefined = 0;
  /** Bytes of the response's body so far, as they go over the wire; `undefined` where they cannot be seen. */
  sent: number | undefined = 0;
  /** The template the application has told us. */
  route: string | undefined = undefined;
  /** The template the application's framework has told us. */
  matched: string | undefined = undefined;
  /** The framework's own request object, where its route is asked for at the end. */
  framework: object | undefined = undefined;
  /** Whether somebody else may be counting it, which is known when that has. */
  isContested = false;
  ended = false;

  constructor(request: object, group: SeriesGroup, method: string, active: BoundAdder) {
    this.request = request;
    this.group = group;
    this.method = method;
    this.startedAt = performance.now();
    this.active = active;
    active.add(1);
  }
}

/** The exchange a raw request belongs to: its own, or, for HTTP/2's compatibility API, its stream's. */
export function exchangeOf(request: object): Exchange | undefined {
  const { [EXCHANGE]: own } = request as Measured;
  if (own !== undefined || !('stream' in request)) return own;
  const { stream } = request;
  return typeof stream === 'object' && stream !== null ? (stream as Measured)[EXCHANGE] : undefined;
}

/**
 * Tells the route of a request that its framework does not tell: a template of low cardinality such as
 * `/users/:id`, never the path itself. To be called before the response ends; `request` is the one that
 * `node:http` or `node:http2` made, or an HTTP/2 stream. The last call counts, and it counts more than
 * what a framework says. A request that is not measured is left alone.
 */
export function setRoute(request: object, template: string): void {
  const exchange = exchangeOf(request);
  if (exchange !== undefined && typeof template === 'string') exchange.route = template;
}
