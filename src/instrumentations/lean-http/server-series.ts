import type { Attributes } from '@opentelemetry/api';
import { BODY_SIZES, REQUEST_DURATIONS } from './buckets.ts';
import type { BoundAdder, BoundRecorder, LeanHistogram, LeanMeter, LeanUpDownCounter } from './options.ts';

/** The series of requests with the same attributes; each is made with its first value. */
export class ServerSeries {
  private readonly instruments: ServerInstruments;
  private readonly attributes: Attributes;
  private duration: BoundRecorder | undefined;
  private requestSize: BoundRecorder | undefined;
  private responseSize: BoundRecorder | undefined;

  constructor(instruments: ServerInstruments, attributes: Attributes) {
    this.instruments = instruments;
    this.attributes = attributes;
  }

  /** @param seconds from the headers of the request to the end of the response */
  took(seconds: number): void {
    this.duration ??= this.instruments.duration.bind(this.attributes);
    this.duration.record(seconds);
  }

  /** @param bytes of the request's body; `undefined` where they could not be seen */
  received(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.requestSize ??= this.instruments.requestSize.bind(this.attributes);
    this.requestSize.record(bytes);
  }

  /** @param bytes of the response's body; `undefined` where they could not be seen */
  sent(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.responseSize ??= this.instruments.responseSize.bind(this.attributes);
    this.responseSize.record(bytes);
  }
}

/** Sets of attributes of one protocol whose series are kept at hand; with more, each request looks its own up. */
const KEPT_SERIES = 2000;

/** The instruments of `http.server.*`. (Semantic conventions, "HTTP metrics", "HTTP server") */
export class ServerInstruments {
  readonly active: LeanUpDownCounter;
  readonly duration: LeanHistogram;
  readonly requestSize: LeanHistogram;
  readonly responseSize: LeanHistogram;

  constructor(meter: LeanMeter) {
    this.duration = meter.createHistogram('http.server.request.duration', {
      description: 'Duration of HTTP server requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: REQUEST_DURATIONS },
    });
    this.active = meter.createUpDownCounter('http.server.active_requests', {
      description: 'Number of active HTTP server requests.',
      unit: '{request}',
    });
    this.requestSize = meter.createHistogram('http.server.request.body.size', {
      description: 'Size of HTTP server request bodies.',
      unit: 'By',
      advice: { explicitBucketBoundaries: BODY_SIZES },
    });
    this.responseSize = meter.createHistogram('http.server.response.body.size', {
      description: 'Size of HTTP server response bodies.',
      unit: 'By',
      advice: { explicitBucketBoundaries: BODY_SIZES },
    });
  }
}

/**
 * The series of requests that came over one protocol. Looking one up is three look-ups in small maps by
 * what a request already holds, without building its attributes.
 */
export class SeriesGroup {
  readonly scheme: string;
  private readonly version: string;
  private readonly instruments: ServerInstruments;
  private readonly actives = new Map<string, BoundAdder>();
  private readonly byMethod = new Map<string, Map<string | undefined, Map<string | number, ServerSeries>>>();
  private kept = 0;

  constructor(scheme: string, version: string, instruments: ServerInstruments) {
    this.scheme = scheme;
    this.version = version;
    this.instruments = instruments;
  }

  active(method: string): BoundAdder {
    let active = this.actives.get(method);
    if (active === undefined) {
      active = this.instruments.active.bind({ 'http.request.method': method, 'url.scheme': this.scheme });
      this.actives.set(method, active);
    }
    return active;
  }

  /** The series of requests that ended alike; see {@link attributesOf}. */
  find(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerSeries {
    const outcome = error === undefined && status !== undefined ? status : `${status} ${error}`;
    const found = this.byMethod.get(method)?.get(route)?.get(outcome);
    if (found !== undefined) return found;
    const series = new ServerSeries(this.instruments, this.attributesOf(method, route, status, error));
    this.keep(method, route, outcome, series);
    return series;
  }

  /** As {@link find}, with attributes of the application's own in addition. */
  findWith(
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

  private keep(
    method: string,
    route: string | undefined,
    outcome: string | number,
    series: ServerSeries,
  ): void {
    if (this.kept >= KEPT_SERIES) return;
    this.kept++;
    const byRoute = getOrMake(this.byMethod, method, () => new Map());
    getOrMake(byRoute, route, () => new Map<string | number, ServerSeries>()).set(outcome, series);
  }

  private attributesOf(
    method: string,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): Attributes {
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

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
