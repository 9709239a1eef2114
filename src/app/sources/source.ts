import type { MeterProvider } from '@opentelemetry/api';

/** An automatic source of metrics. What it needs is loaded by `start`, and so only when it is chosen. */
export interface Source {
  /** As `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `OTEL_NODE_DISABLED_INSTRUMENTATIONS` spell it. */
  readonly name: string;
  /** Packages it must see when the application imports them. Built-in modules need not be named. */
  readonly packages: readonly string[];
  /** Begins to record and returns what ends that. An error it throws is reported by the caller. */
  start(meterProvider: MeterProvider): () => void;
}
