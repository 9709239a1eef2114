import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The stock SDK, cumulative, with a view that gives histograms of this name exponential buckets. */
export function stockSdk(exponential: string): {
  provider: MeterProvider;
  read: () => Promise<ScopeMetrics[]>;
} {
  const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  const provider = new MeterProvider({
    readers: [reader],
    views: [
      {
        instrumentName: exponential,
        instrumentType: InstrumentType.HISTOGRAM,
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { recordMinMax: true } },
      },
    ],
  });
  return { provider, read: async () => (await reader.collect()).resourceMetrics.scopeMetrics };
}
