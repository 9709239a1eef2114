import type { Attributes } from '@opentelemetry/api';
import type { BoundAdder, BoundRecorder } from '../../record/api.ts';
import type { HttpAttributes, HttpInstruments } from './instruments.ts';

type ServerAttributes = HttpAttributes<'http.server.request.duration'>;

/** The recorder of a request that has ended. */
export interface ServerRecording {
  /**
   * @param seconds from the headers of the request to the end of the response
   * @param received bytes of the request's body; `undefined` if pitot could not see them, or not yet
   * @param sent bytes of the response's body; `undefined` if pitot could not see them
   */
  record(seconds: number, received: number | undefined, sent: number | undefined): void;
  /** @param bytes of a request's body that arrived after the response had ended; `undefined` as above */
  recordReceived(bytes: number | undefined): void;
}

/** The series of requests with the same attributes. The first value creates each series. */
class ServerSeries implements ServerRecording {
  private readonly instruments: HttpInstruments;
  private readonly attributes: ServerAttributes;
  private duration: BoundRecorder | undefined;
  private requestSize: BoundRecorder | undefined;
  private responseSize: BoundRecorder | undefined;

  constructor(instruments: HttpInstruments, attributes: ServerAttributes) {
    this.instruments = instruments;
    this.attributes = attributes;
  }

  /** Reserves a place past the limit for these series. Only for attributes with a limited number of values. */
  reserve(): void {
    for (const name of HISTOGRAMS) {
      for (const [attribute, value] of Object.entries(this.attributes)) {
        if (value !== undefined) this.instruments[name].reserve(attribute as keyof ServerAttributes, [value]);
      }
    }
  }

  record(seconds: number, received: number | undefined, sent: number | undefined): void {
    this.duration ??= this.instruments['http.server.request.duration'].bind(this.attributes);
    this.duration.record(seconds);
    this.recordReceived(received);
    if (sent !== undefined) {
      this.responseSize ??= this.instruments['http.server.response.body.size'].bind(this.attributes);
      this.responseSize.record(sent);
    }
  }

  recordReceived(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.requestSize ??= this.instruments['http.server.request.body.size'].bind(this.attributes);
    this.requestSize.record(bytes);
  }
}

const HISTOGRAMS = [
  'http.server.request.duration',
  'http.server.request.body.size',
  'http.server.response.body.size',
] as const;

/**
 * Sets of attributes of one protocol whose series are cached, and as many again for registered routes. Beyond
 * that each request looks its series up.
 */
const MAX_CACHED_SERIES = 2000;

/** The series of requests over one protocol, by their methods. */
export class SeriesGroup {
  readonly scheme: string;
  readonly version: string;
  readonly instruments: HttpInstruments;
  private readonly byMethod = new Map<string, MethodSeries>();
  private cached = 0;

  constructor(scheme: string, version: string, instruments: HttpInstruments) {
    this.scheme = scheme;
    this.version = version;
    this.instruments = instruments;
  }

  of(method: string): MethodSeries {
    return getOrMake(this.byMethod, method, () => new MethodSeries(this, method));
  }

  /** Takes a place in the caches; `false` if there is none left. */
  takePlace(isKnown: boolean): boolean {
    if (this.cached >= (isKnown ? 2 * MAX_CACHED_SERIES : MAX_CACHED_SERIES)) return false;
    this.cached++;
    return true;
  }
}

/**
 * The series of requests with one method over one protocol. A connection looks this up once for requests that are
 * alike. A request that has ended takes two look-ups in small maps, by values that it already holds, without building
 * its attributes.
 */
export class MethodSeries {
  readonly group: SeriesGroup;
  /** `http.request.method` */
  readonly method: string;
  private bound: BoundAdder | undefined;
  private readonly byRoute = new Map<string | undefined, Map<string | number, ServerSeries>>();

  constructor(group: SeriesGroup, method: string) {
    this.group = group;
    this.method = method;
  }

  /** Counts the requests that have not ended. */
  active(): BoundAdder {
    this.bound ??= this.group.instruments['http.server.active_requests'].bind({
      'http.request.method': this.method,
      'url.scheme': this.group.scheme,
    });
    return this.bound;
  }

  /** The cached series of requests that ended alike; see {@link attributesOf}. */
  find(
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerSeries | undefined {
    return this.byRoute.get(route)?.get(outcomeOf(status, error));
  }

  /**
   * Makes the series that {@link find} does not have.
   *
   * @param isKnown whether the route is absent or one that a router has registered. Such series get a place past the
   * limit: every other attribute has few values.
   */
  create(
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
    isKnown: boolean,
  ): ServerSeries {
    const series = this.createWith(route, status, error, {});
    if (isKnown) series.reserve();
    if (this.group.takePlace(isKnown)) {
      getOrMake(this.byRoute, route, () => new Map<string | number, ServerSeries>()).set(
        outcomeOf(status, error),
        series,
      );
    }
    return series;
  }

  /** Series with additional attributes of the application, which are not cached. */
  createWith(
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
    more: Attributes,
  ): ServerSeries {
    return new ServerSeries(this.group.instruments, {
      ...more,
      ...this.attributesOf(route, status, error),
    });
  }

  private attributesOf(
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerAttributes {
    const failure = error ?? (status !== undefined && status >= 500 ? String(status) : undefined);
    return {
      'http.request.method': this.method,
      'url.scheme': this.group.scheme,
      'network.protocol.version': this.group.version,
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(route !== undefined && { 'http.route': route }),
      ...(failure !== undefined && { 'error.type': failure }),
    };
  }
}

/** The end of a request, as a key. */
function outcomeOf(status: number | undefined, error: string | undefined): string | number {
  return error === undefined && status !== undefined ? status : `${status} ${error}`;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
