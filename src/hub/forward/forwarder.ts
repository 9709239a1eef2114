import type { AggregationTemporalitySelector, ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** A way out of the process. It turns metrics into a request, and sends a request once. */
export interface Forwarder {
  /** The destination for log lines, without secrets. */
  readonly target: string;
  /** Distinguishes its own metrics from those of other forwarders. */
  readonly component: Component;
  readonly selectTemporality: AggregationTemporalitySelector;
  /** Each request replaces the one before, so that its metrics cannot be sent in several. */
  readonly replaces?: boolean;
  /** @param isPart whether other requests have the rest of the collection */
  encode(metrics: ResourceMetrics, isPart?: boolean): Uint8Array | Promise<Uint8Array>;
  /** Sends a request once, in at most `timeout` milliseconds. Never rejects. */
  attempt(request: Uint8Array, timeout: number): Promise<Answer>;
  /** Sends what the forwarder itself holds back, in at most `timeout` milliseconds. Rejects if it cannot. */
  flush?(timeout: number): Promise<void>;
  /**
   * Tells the receiver that the process ends, in at most `timeout` milliseconds. Called after the last request, unless
   * another process goes on with it. Rejects if the receiver does not take it.
   */
  end?(timeout: number): Promise<void>;
  /** Whether the receiver would take metrics. Sends none, and takes at most `timeout` milliseconds. Never rejects. */
  probe?(timeout: number): Promise<Answer>;
  /** Ends what the forwarder itself holds, with the process, in at most `timeout` milliseconds. Rejects if it cannot. */
  shutdown?(timeout: number): Promise<void>;
  /** Closes its connections, where the thread lives on. Nothing else may be called afterwards. */
  close?(): void;
}

/** Semantic conventions for SDK metrics, "Metric metrics". */
export interface Component {
  /** `otel.component.type` */
  readonly type: string;
  /** `server.address` and `server.port`, for forwarders that use a network. */
  readonly server?: { readonly address: string; readonly port?: number | undefined };
  /** Values of `error.type` that exist from the start, at 0. */
  readonly expectedErrors: readonly string[];
}

/** The outcome of one attempt. */
export type Answer = Accepted | Retryable | Refused;

/** The receiver has the request, except for data points that it rejected. Those must not be sent again. */
export interface Accepted extends Status {
  readonly outcome: 'accepted';
  readonly rejected: number;
  /** The receiver's message, usually ''. */
  readonly message: string;
}

/** The same request may be sent again. The receiver may still have received it. */
export interface Retryable extends Failure {
  readonly outcome: 'retryable';
  /** The pause that the receiver asks for, in milliseconds. */
  readonly wait?: number | undefined;
}

/** The same request must not be sent again. */
export interface Refused extends Failure {
  readonly outcome: 'refused';
}

interface Failure extends Status {
  /** `error.type`, with few different values. */
  readonly errorType: string;
  /** A text for log lines. */
  readonly reason: string;
}

interface Status {
  /** The attribute with the receiver's status, if it sent one: `http.response.status_code` or the like. */
  readonly status?: Readonly<Record<string, string | number>>;
}
