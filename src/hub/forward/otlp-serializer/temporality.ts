import { AggregationTemporality } from '@opentelemetry/sdk-metrics';

/** The protocol's numbers differ from the SDK's. */
export const TEMPORALITY: Readonly<Record<AggregationTemporality, number>> = {
  [AggregationTemporality.DELTA]: 1,
  [AggregationTemporality.CUMULATIVE]: 2,
};
