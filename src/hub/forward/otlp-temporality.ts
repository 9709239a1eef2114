import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  InstrumentType,
} from '@opentelemetry/sdk-metrics';
import type { Config } from '../../config/settings/table.ts';

const { CUMULATIVE, DELTA } = AggregationTemporality;
const { COUNTER, HISTOGRAM, OBSERVABLE_COUNTER } = InstrumentType;

/** Instruments whose metrics are deltas, by preference. (metrics/sdk_exporters/otlp.md, "Additional Environment Variable Configuration") */
const DELTAS: Readonly<Record<Config['temporality'], readonly InstrumentType[]>> = {
  cumulative: [],
  delta: [COUNTER, OBSERVABLE_COUNTER, HISTOGRAM],
  lowmemory: [COUNTER, HISTOGRAM],
};

export function temporalitySelector(preference: Config['temporality']): AggregationTemporalitySelector {
  const deltas = DELTAS[preference];
  return (instrument) => (deltas.includes(instrument) ? DELTA : CUMULATIVE);
}
