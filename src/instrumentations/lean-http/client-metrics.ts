import type { Attributes } from '@opentelemetry/api';
import { REQUEST_DURATIONS } from './buckets.ts';
import { methodNames } from './methods.ts';
import type {
  BoundAdder,
  BoundRecorder,
  LeanHistogram,
  LeanHttpOptions,
  LeanMeter,
  LeanUpDownCounter,
} from './options.ts';
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
}

/** Sets of attributes whose series are kept at hand; with more, each request looks its own up. */
const KEPT_SERIES = 2000;

/** `http.client.*` of requests. (Semantic conventions, "HTTP metrics", "HTTP client") */
export class ClientMetrics {
  private readonly duration: LeanHistogram;
  private readonly active: LeanUpDownCounter;
  private readonly nameOf: (method: string | null) => string;
  private readonly actives = new Map<Peer, Map<string, BoundAdder>>();
  private readonly durations = new Map<Peer, Map<string, BoundRecorder>>();
  private kept = 0;
  private stopped = false;

  constructor(meter: LeanMeter, { knownMethods }: LeanHttpOptions) {
    this.duration = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: REQUEST_DURATIONS },
    });
    this.active = meter.createUpDownCounter('http.client.active_requests', {
      description: 'Number of active HTTP requests.',
      unit: '{request}',
    });
    this.nameOf = methodNames(knownMethods);
  }

  begin(peer: Peer, method: string): Call {
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
    duration.record((performance.now() - call.startedAt) / 1000);
    call.active.add(-1);
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
export function attributesOf({ address, port }: Peer): Attributes {
  return { 'server.address': address, ...(port !== undefined && { 'server.port': port }) };
}

function durationAttributes({ peer, method, status, version }: Call, error: string | undefined): Attributes {
  const failure = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
  return {
    ...attributesOf(peer),
    'http.request.method': method,
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(version !== undefined && { 'network.protocol.version': version }),
    ...(failure !== undefined && { 'error.type': failure }),
  };
}
