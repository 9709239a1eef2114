import type { AggregationTemporalitySelector } from '@opentelemetry/sdk-metrics';

/** Options that every OTLP protocol has. */
export interface OtlpBase {
  readonly target: string;
  readonly selectTemporality: AggregationTemporalitySelector;
  readonly userAgent: string;
}
