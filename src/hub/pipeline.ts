import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  type CollectionResult,
  type IMetricReader,
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/settings.ts';
import { startHostMetrics } from '../host/host-metrics.ts';
import { resourceOf } from './resource.ts';
import { TemporalityProducer } from './temporality.ts';

/** The OpenTelemetry SDK within the hub: one pull reader for the endpoint, one push reader a forwarder. */
export interface Pipeline {
  /** Everything at this moment, cumulative; `undefined` when the endpoint is off. */
  readonly collect: (() => Promise<CollectionResult>) | undefined;
  /** Has every push reader forward what there is. */
  readonly flush: () => Promise<void>;
}

export function startPipeline(
  config: Config,
  cells: MetricProducer,
  forwarders: readonly PushMetricExporter[],
): Pipeline {
  const producers = hasHostMetrics(config) ? [cells, startHostMetrics()] : [cells];
  const readers: IMetricReader[] = forwarders.map((exporter) => pushReader(config, producers, exporter));
  let collect: Pipeline['collect'];
  if (config.exporters.includes('prometheus')) {
    // Its own server stays off: pitot's serves what this reader collects.
    const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: producers });
    readers.push(reader);
    collect = () => reader.collect();
  }
  const meterProvider = new MeterProvider({ resource: resourceOf(config), readers });
  return { collect, flush: () => meterProvider.forceFlush() };
}

function pushReader(
  config: Config,
  producers: readonly MetricProducer[],
  exporter: PushMetricExporter,
): IMetricReader {
  const temporality = (
    type: Parameters<NonNullable<PushMetricExporter['selectAggregationTemporality']>>[0],
  ) => exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: config.exportInterval,
    exportTimeoutMillis: config.exportTimeout,
    metricProducers: producers.map((producer) => new TemporalityProducer(producer, temporality)),
  });
}

function hasHostMetrics({ enabledInstrumentations, disabledInstrumentations }: Config): boolean {
  const isChosen = enabledInstrumentations?.includes('host-metrics') ?? true;
  return isChosen && !disabledInstrumentations?.includes('host-metrics');
}
