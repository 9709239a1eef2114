import type { BoundAdder, BoundRecorder } from '../../record/api.ts';
import type { HttpAttributes, HttpInstruments } from './instruments.ts';
import { methodNames } from './methods.ts';
import type { Coverage, NativeHttpOptions } from './options.ts';
import type { Peer } from './peer.ts';

/** A request that the application makes, until it has received the whole response. */
export interface Call {
  peer: Peer;
  readonly method: string;
  /** Milliseconds on the clock of `performance.now`. */
  readonly startedAt: number;
  readonly active: BoundAdder;
  /** `http.response.status_code`, once there is one. */
  status: number | undefined;
  /** `network.protocol.version`, once it is known. */
  version: string | undefined;
  ended: boolean;
  /** Tells whether another instrumentation recorded it, if that is not known yet. */
  readonly coverage: (() => Coverage) | undefined;
}

/** Bound series that are cached. Beyond that each request looks its series up. */
const MAX_CACHED_SERIES = 2000;

/** `http.client.*` of requests. (Semantic conventions, "HTTP metrics", "HTTP client") */
export class ClientMetrics {
  private readonly duration: HttpInstruments['http.client.request.duration'];
  private readonly active: HttpInstruments['http.client.active_requests'];
  private readonly nameOf: (method: string | null) => string;
  private readonly actives = new Map<Peer, Map<string, BoundAdder>>();
  private readonly durations = new Map<Peer, Map<string, BoundRecorder>>();
  private cached = 0;
  private stopped = false;

  constructor(instruments: HttpInstruments, { knownMethods }: NativeHttpOptions) {
    this.duration = instruments['http.client.request.duration'];
    this.active = instruments['http.client.active_requests'];
    this.nameOf = methodNames(knownMethods);
  }

  /**
   * Begins to measure a request; `undefined` if another instrumentation covers it.
   *
   * @param coveredByOthers tells whether one does
   */
  begin(peer: Peer, method: string, coveredByOthers: () => Coverage): Call | undefined {
    const coverage = coveredByOthers();
    if (coverage === 'yes') return undefined;
    const name = this.nameOf(method);
    const active = this.cachedFor(this.actives, peer, name, () =>
      this.active.bind({ ...attributesOf(peer), 'http.request.method': name }),
    );
    active.add(1);
    return {
      peer,
      method: name,
      startedAt: performance.now(),
      active,
      status: undefined,
      version: undefined,
      ended: false,
      coverage: coverage === 'perhaps' ? coveredByOthers : undefined,
    };
  }

  /** @param error `error.type` of a request that failed; `undefined` for a 4xx or 5xx, whose status serves as one */
  end(call: Call, error: string | undefined): void {
    if (call.ended || this.stopped) return;
    call.ended = true;
    const seconds = (performance.now() - call.startedAt) / 1000;
    call.active.add(-1);
    const { coverage } = call;
    if (coverage === undefined) this.record(seconds, call, error);
    else {
      // The series is made only then, so that none stays empty.
      setImmediate(() => {
        if (!this.stopped && coverage() !== 'yes') this.record(seconds, call, error);
      });
    }
  }

  private record(seconds: number, call: Call, error: string | undefined): void {
    const { peer, method, status, version } = call;
    const key = `${method} ${status ?? ''} ${version ?? ''} ${error ?? ''}`;
    this.cachedFor(this.durations, peer, key, () =>
      this.duration.bind(durationAttributes(call, error)),
    ).record(seconds);
  }

  /** Ends recording, including requests that are still in progress. */
  stop(): void {
    this.stopped = true;
  }

  /** The cached value of a peer and a key. */
  private cachedFor<V>(cache: Map<Peer, Map<string, V>>, peer: Peer, key: string, make: () => V): V {
    const found = cache.get(peer)?.get(key);
    if (found !== undefined) return found;
    const made = make();
    if (this.cached >= MAX_CACHED_SERIES) return made;
    this.cached++;
    const ofPeer = cache.get(peer);
    if (ofPeer === undefined) cache.set(peer, new Map([[key, made]]));
    else ofPeer.set(key, made);
    return made;
  }
}

/** `server.address` and `server.port` of a peer. */
export function attributesOf({ address, port }: Peer): HttpAttributes<'http.client.connection.duration'> {
  return { 'server.address': address, ...(port !== undefined && { 'server.port': port }) };
}

function durationAttributes(
  { peer, method, status, version }: Call,
  error: string | undefined,
): HttpAttributes<'http.client.request.duration'> {
  const failure = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    ...attributesOf(peer),
    'http.request.method': method,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(version !== undefined && { 'network.protocol.version': version }),
    ...(failure !== undefined && { 'error.type': failure }),
  };
}
