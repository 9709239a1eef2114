import type { AggregationTemporalitySelector, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** A way out of the process: how metrics become a request, and how a request is sent once. */
export interface Forwarder {
  /** Where it forwards to, for people: without secrets. */
  readonly target: string;
  /** For telling its own metrics from those of others. */
  readonly component: Component;
  readonly selectTemporality: AggregationTemporalitySelector;
  encode(metrics: ResourceMetrics): Uint8Array;
  /** Sends a request once, in at most `timeout` milliseconds. Never rejects. */
  attempt(request: Uint8Array, timeout: number): Promise<Answer>;
  close(): void;
}

/** Semantic conventions for SDK metrics, "Metric metrics". */
export interface Component {
  /** `otel.component.type` */
  readonly type: string;
  /** `server.address` and `server.port`, for what is sent over a network. */
  readonly server?: { readonly address: string; readonly port?: number | undefined };
  /** Values of `error.type` that are there from the start, at 0. */
  readonly expectedErrors: readonly string[];
}

/** What became of one attempt. */
export type Answer = Accepted | Retryable | Refused;

/** The receiver has the request, except for the data points that it rejected: those are not to be sent again. */
export interface Accepted extends Status {
  readonly outcome: 'accepted';
  readonly rejected: number;
  /** What the receiver has to say, '' in the usual case. */
  readonly message: string;
}

/** The same request may be sent again. The receiver may have it nevertheless. */
export interface Retryable extends Failure {
  readonly outcome: 'retryable';
  /** Milliseconds that the receiver asks to wait for. */
  readonly wait?: number | undefined;
}

/** The same request is not to be sent again. */
export interface Refused extends Failure {
  readonly outcome: 'refused';
}

interface Failure extends Status {
  /** `error.type`: of few values. */
  readonly errorType: string;
  /** For people. */
  readonly reason: string;
}

interface Status {
  /** The attribute of the receiver's status, where there was one: `http.response.status_code` or the like. */
  readonly status?: Readonly<Record<string, string | number>>;
}
