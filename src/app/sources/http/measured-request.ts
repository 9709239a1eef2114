import type { ServerResponse } from 'node:http';
import type { BoundAdder } from '../../record/api.ts';
import type { Coverage } from './options.ts';
import type { MethodSeries } from './server-series.ts';

/**
 * The property of a raw request, or of an HTTP/2 stream, that holds its {@link MeasuredRequest}. Copies of the package
 * share it: a framework may bundle the one that calls {@link setRoute}.
 */
export const MEASURED = Symbol.for('pitot.measuredRequest');

/** A raw request or an HTTP/2 stream, measured or not. */
export interface Measurable {
  [MEASURED]?: MeasuredRequest;
}

/**
 * A request that a server is answering, from its headers to the end of the response. It is the only object that
 * pitot makes for a request: connections, routes and statuses share everything else.
 */
export interface MeasuredRequest {
  /** The request that `node:http` made. For HTTP/2: the compatibility API's request once there is one, else the stream. */
  raw: object;
  /** For HTTP/1 only. */
  response: ServerResponse | undefined;
  /** The next request on the same connection, if the client pipelines. For HTTP/1 only. */
  behind: MeasuredRequest | undefined;
  readonly series: MethodSeries;
  /** Milliseconds on the clock of `performance.now`. */
  readonly startedAt: number;
  /** Counts this request until it ends, unless another instrumentation records it. */
  readonly active: BoundAdder | undefined;
  /** Bytes of the request's body so far, as they came over the wire; `undefined` if pitot cannot see them. */
  received: number | undefined;
  /** Bytes of the response's body so far, as they go over the wire; `undefined` if pitot cannot see them. */
  sent: number | undefined;
  /** The template that the application set with {@link setRoute}. */
  route: string | undefined;
  /** The template that a hook of the framework reported. */
  matched: string | undefined;
  /** The framework's own request object, if its route is read when the request ends. */
  framework: object | undefined;
  /** Reads the route of that object. */
  readRoute: ((framework: object) => string | undefined) | undefined;
  /** Whether another instrumentation records this request. */
  readonly coverage: Coverage;
  /** Whether the system has the whole body that the response declared, before the response has ended. */
  isSent: boolean;
  /** Whether nothing of it is left to record. */
  ended: boolean;
  /** Whether it is a request for pitot itself, which is not recorded. */
  isLeftOut: boolean;
}

/**
 * Counts a request as active from now on. It is a literal, because V8 copies that at once, where it would run the
 * initializers of a class field by field.
 */
export function beginRequest(
  raw: object,
  series: MethodSeries,
  coverage: Coverage,
  startedAt: number,
): MeasuredRequest {
  const active = coverage === 'yes' ? undefined : series.active();
  active?.add(1);
  return {
    raw,
    response: undefined,
    behind: undefined,
    series,
    startedAt,
    active,
    received: 0,
    sent: 0,
    route: undefined,
    matched: undefined,
    framework: undefined,
    readRoute: undefined,
    coverage,
    isSent: false,
    ended: coverage === 'yes',
    isLeftOut: false,
  };
}

/** The measured request of a raw request. The compatibility API of HTTP/2 keeps it on the stream. */
export function measuredRequestOf(request: object): MeasuredRequest | undefined {
  const { [MEASURED]: own } = request as Measurable;
  if (own !== undefined || !('stream' in request)) return own;
  const { stream } = request;
  return typeof stream === 'object' && stream !== null ? (stream as Measurable)[MEASURED] : undefined;
}

/**
 * Sets the `http.route` of a request, for frameworks whose routes pitot does not know. Call it before the response
 * ends. The last call wins, and it wins over the route that the framework reports. Requests that pitot does not
 * measure are left alone.
 *
 * @param request the request that `node:http` or `node:http2` made, or an HTTP/2 stream
 * @param template of low cardinality, such as `/users/:id`; never the path itself
 */
export function setRoute(request: object, template: string): void {
  const measured = measuredRequestOf(request);
  if (measured !== undefined && typeof template === 'string') measured.route = template;
}

/**
 * Takes a request that has begun out of all that is recorded: a route of pitot's own is none of the application's.
 * Requests that pitot does not measure are left alone.
 *
 * @param request as for {@link setRoute}
 */
export function leaveUncounted(request: object): void {
  const measured = measuredRequestOf(request);
  if (measured === undefined || measured.ended || measured.isLeftOut) return;
  measured.isLeftOut = true;
  measured.active?.add(-1);
}
