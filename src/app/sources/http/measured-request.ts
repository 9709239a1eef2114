import type { ServerResponse } from 'node:http';
import type { BoundAdder } from '../../record/api.ts';
import type { Coverage } from './options.ts';
import type { SeriesGroup } from './server-series.ts';

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
export class MeasuredRequest {
  /** The request that `node:http` made. For HTTP/2: the compatibility API's request once there is one, else the stream. */
  raw: object;
  /** For HTTP/1 only. */
  response: ServerResponse | undefined = undefined;
  /** The next request on the same connection, if the client pipelines. For HTTP/1 only. */
  behind: MeasuredRequest | undefined = undefined;
  readonly group: SeriesGroup;
  readonly method: string;
  /** Milliseconds on the clock of `performance.now`. */
  readonly startedAt: number;
  /** Counts this request until it ends, unless another instrumentation records it. */
  readonly active: BoundAdder | undefined;
  /** Bytes of the request's body so far, as they came over the wire; `undefined` if pitot cannot see them. */
  received: number | undefined = 0;
  /** Bytes of the response's body so far, as they go over the wire; `undefined` if pitot cannot see them. */
  sent: number | undefined = 0;
  /** The template that the application set with {@link setRoute}. */
  route: string | undefined = undefined;
  /** The template that a hook of the framework reported. */
  matched: string | undefined = undefined;
  /** The framework's own request object, if its route is read when the request ends. */
  framework: object | undefined = undefined;
  /** Reads the route of that object. */
  readRoute: ((framework: object) => string | undefined) | undefined = undefined;
  /** Whether another instrumentation records this request. */
  readonly coverage: Coverage;
  /** Whether the system has the whole body that the response declared, before the response has ended. */
  isSent = false;
  /** Whether nothing of it is left to record. */
  ended: boolean;
  /** Whether it is a request for pitot itself, which is not recorded. */
  isLeftOut = false;

  constructor(raw: object, group: SeriesGroup, method: string, coverage: Coverage) {
    this.raw = raw;
    this.group = group;
    this.method = method;
    this.coverage = coverage;
    this.ended = coverage === 'yes';
    this.startedAt = performance.now();
    this.active = coverage === 'yes' ? undefined : group.active(method);
    this.active?.add(1);
  }
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
