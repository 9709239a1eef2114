import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  InstrumentType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { decodeOtlpMetrics, type OtlpMetric } from '../../harness/otlp-decoding.ts';
import { instrumentsOf, type Program, record } from '../fixtures/random-steps.ts';

export type Temporality = 'cumulative' | 'delta';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The stock SDK after the same recordings, all of them in one thread. */
export class StockRun {
  private readonly reader: Reader;
  private readonly instruments;

  constructor(temporality: Temporality) {
    const { CUMULATIVE, DELTA } = AggregationTemporality;
    this.reader = new Reader({
      aggregationTemporalitySelector: (type) =>
        temporality === 'delta' && type !== InstrumentType.UP_DOWN_COUNTER ? DELTA : CUMULATIVE,
    });
    const provider = new MeterProvider({
      resource: emptyResource(),
      readers: [this.reader],
      views: [
        { instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      ],
    });
    this.instruments = instrumentsOf(provider.getMeter('random'));
  }

  perform(program: Program, interval: number): void {
    const { threads, intervals } = program;
    // The last thread ends halfway.
    const alive = threads > 1 && interval > Math.floor(intervals / 2) ? threads - 1 : threads;
    for (let thread = 0; thread < alive; thread++) {
      record(this.instruments, program, { thread, interval });
    }
  }

  /** The metrics that the official exporter sends. */
  async otlp(): Promise<readonly OtlpMetric[]> {
    const body = JsonMetricsSerializer.serializeRequest(await this.collect());
    return decodeOtlpMetrics(Buffer.from(body ?? ''), 'json');
  }

  /** The metrics that the official exporter serves. */
  async text(): Promise<string> {
    return new PrometheusSerializer().serialize(await this.collect());
  }

  private async collect(): Promise<ResourceMetrics> {
    return (await this.reader.collect()).resourceMetrics;
  }
}
