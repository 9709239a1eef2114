import { type MetricOptions, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InstrumentType,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics';
import type { InstrumentKind } from '../../model/protocol.ts';

/** As the SDK's own descriptors: with the kind of instrument, by which a reader chooses the temporality. */
export interface InstrumentDescriptor extends MetricDescriptor {
  readonly type: InstrumentType;
  /** See `InstrumentDescription`. */
  readonly merge?: string;
  /** Histograms whose points have others: the explicit boundaries that the instrument was created with. */
  readonly boundaries?: readonly number[] | undefined;
}

export const INSTRUMENT_TYPES: Record<InstrumentKind, InstrumentType> = {
  counter: InstrumentType.COUNTER,
  upDownCounter: InstrumentType.UP_DOWN_COUNTER,
  histogram: InstrumentType.HISTOGRAM,
  gauge: InstrumentType.GAUGE,
  observableCounter: InstrumentType.OBSERVABLE_COUNTER,
  observableUpDownCounter: InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
  observableGauge: InstrumentType.OBSERVABLE_GAUGE,
};

export function typeOf(kind: InstrumentKind) {
  switch (kind) {
    case 'histogram':
      return { dataPointType: DataPointType.HISTOGRAM } as const;
    case 'gauge':
    case 'observableGauge':
      return { dataPointType: DataPointType.GAUGE } as const;
    default: {
      const isMonotonic = kind === 'counter' || kind === 'observableCounter';
      return { dataPointType: DataPointType.SUM, isMonotonic } as const;
    }
  }
}

/** All of a metric of totals but its points. */
export type MetricHead = ReturnType<typeof headOf>;

export function headOf(kind: InstrumentKind, name: string, options: MetricOptions) {
  const { unit = '', description = '', valueType = ValueType.DOUBLE } = options;
  const type = INSTRUMENT_TYPES[kind];
  const descriptor: InstrumentDescriptor = { name, unit, description, valueType, type };
  return { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE, ...typeOf(kind) };
}
