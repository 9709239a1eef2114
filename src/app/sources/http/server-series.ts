import type { Attributes } from '@opentelemetry/api';
import type { BoundAdder, BoundRecorder } from '../../record/api.ts';
import type { HttpAttributes, HttpInstruments } from './instruments.ts';

type ServerAttributes = HttpAttributes<'http.server.request.duration'>;

/** The recorder of a request that has ended. */
export interface ServerRecording {
  /** @param seconds from the headers of the request to the end of the response */
  took(seconds: number): void;
  /** @param bytes of the request's body; `undefined` if pitot could not see them */
  received(bytes: number | undefined): void;
  /** @param bytes of the response's body; `undefined` if pitot could not see them */
  sent(bytes: number | undefined): void;
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

  took(seconds: number): void {
    this.duration ??= this.instruments['http.server.request.duration'].bind(this.attributes);
    this.duration.record(seconds);
  }

  received(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.requestSize ??= this.instruments['http.server.request.body.size'].bind(this.attributes);
    this.requestSize.record(bytes);
  }

  sent(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.responseSize ??= this.instruments['http.server.response.body.size'].bind(this.attributes);
    this.responseSize.record(bytes);
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

/**
 * The series of requests over one protocol. Finding one takes three look-ups in small maps, by values
 * that a request already holds, without building its attributes.
 */
export class SeriesGroup {
  readonly scheme: string;
  private readonly version: string;
  private readonly instruments: HttpInstruments;
  private readonly actives = new Map<string, BoundAdder>();
  private readonly byMethod = new Map<string, Map<string | undefined, Map<string | number, ServerSeries>>>();
  private kept = 0;

  constructor(scheme: string, version: string, instruments: HttpInstruments) {
    this.scheme = scheme;
    this.version = version;
    this.instruments = instruments;
  }

  active(method: string): BoundAdder {
    let active = this.actives.get(method);
    if (active === undefined) {
      const attributes = { 'http.request.method': method, 'url.scheme': this.scheme };
      active = this.instruments['http.server.active_requests'].bind(attributes);
      this.actives.set(method, active);
    }
    return active;
  }

  /** The cached series of requests that ended alike; see {@link attributesOf}. */
  find(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerSeries | undefined {
    return this.byMethod.get(method)?.get(route)?.get(outcomeOf(status, error));
  }

  /**
   * Makes the series that {@link find} does not have.
   *
   * @param isKnown whether the route is absent or one that a router has registered. Such series get a place past the
   * limit: every other attribute has few values.
   */
  create(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
    isKnown: boolean,
  ): ServerSeries {
    const series = new ServerSeries(this.instruments, this.attributesOf(method, route, status, error));
    if (isKnown) series.reserve();
    if (this.kept < (isKnown ? 2 * MAX_CACHED_SERIES : MAX_CACHED_SERIES)) {
      this.kept++;
      const byRoute = getOrMake(this.byMethod, method, () => new Map());
      getOrMake(byRoute, route, () => new Map<string | number, ServerSeries>()).set(
        outcomeOf(status, error),
        series,
      );
    }
    return series;
  }

  /** Series with additional attributes of the application, which are not cached. */
  createWith(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
    more: Attributes,
  ): ServerSeries {
    return new ServerSeries(this.instruments, {
      ...more,
      ...this.attributesOf(method, route, status, error),
    });
  }

  private attributesOf(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerAttributes {
    const failure = error ?? (status !== undefined && status >= 500 ? String(status) : undefined);
    return {
      'http.request.method': method,
      'url.scheme': this.scheme,
      'network.protocol.version': this.version,
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
