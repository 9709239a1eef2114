import type { BoundAdder, BoundRecorder } from '../../record/api.ts';
import type { HttpAttributes, HttpInstruments } from './instruments.ts';
import { methodNames } from './methods.ts';
import type { Claim, NativeHttpOptions } from './options.ts';
import type { Peer } from './peer.ts';

/** One request that the application has made, until its response has been received as a whole. */
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
  /** Asks whether somebody else counts it, where that is not known yet. */
  readonly contest: (() => Claim) | undefined;
}

/** Sets of attributes whose series are kept at hand; with more, each request looks its own up. */
const KEPT_SERIES = 2000;

/** `http.client.*` of requests. (Semantic conventions, "HTTP metrics", "HTTP client") */
export class ClientMetrics {
  private readonly duration: HttpInstruments['http.client.request.duration'];
  private readonly active: HttpInstruments['http.client.active_requests'];
  private readonly nameOf: (method: string | null) => string;
  private readonly actives = new Map<Peer, Map<string, BoundAdder>>();
  private readonly durations = new Map<Peer, Map<string, BoundRecorder>>();
  private kept = 0;
  private stopped = false;

  constructor(instruments: HttpInstruments, { knownMethods }: NativeHttpOptions) {
    this.duration = instruments['http.client.request.duration'];
    this.active = instruments['http.client.active_requests'];
    this.nameOf = methodNames(knownMethods);
  }

  /**
   * The call that begins with a request, or `undefined` when somebody else counts it.
   *
   * @param othersCount whether that is so
   */
  begin(peer: Peer, method: string, othersCount: () => Claim): Call | undefined {
    const claim = othersCount();
    if (claim === 'yes') return undefined;
    const name = this.nameOf(method);
    const active = this.handy(this.actives, peer, name, () =>
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
      contest: claim === 'perhaps' ? othersCount : undefined,
    };
  }

  /** @param error `error.type` of a request that failed; a status of 4xx or 5xx speaks for itself */
  end(call: Call, error: string | undefined): void {
    if (call.ended || this.stopped) return;
    call.ended = true;
    const { peer, method, status, version } = call;
    const duration = this.handy(
      this.durations,
      peer,
      `${method} ${status ?? ''} ${version ?? ''} ${error ?? ''}`,
      () => this.duration.bind(durationAttributes(call, error)),
    );
    const seconds = (performance.now() - call.startedAt) / 1000;
    call.active.add(-1);
    const { contest } = call;
    if (contest === undefined) duration.record(seconds);
    else {
      setImmediate(() => {
        if (!this.stopped && contest() !== 'yes') duration.record(seconds);
      });
    }
  }

  /** Ends recording, of the requests that are still under way too. */
  stop(): void {
    this.stopped = true;
  }

  /** What is kept for a peer under a key. */
  private handy<V>(kept: Map<Peer, Map<string, V>>, peer: Peer, key: string, make: () => V): V {
    const found = kept.get(peer)?.get(key);
    if (found !== undefined) return found;
    const made = make();
    if (this.kept >= KEPT_SERIES) return made;
    this.kept++;
    const ofPeer = kept.get(peer);
    if (ofPeer === undefined) kept.set(peer, new Map([[key, made]]));
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
