import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { HostMetrics } from '@opentelemetry/host-metrics';
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
  const readers: IMetricReader[] = forwarders.map((exporter) => pushReader(config, cells, exporter));
  let collect: Pipeline['collect'];
  if (config.exporters.includes('prometheus')) {
    // Its own server stays off: pitot's serves what this reader collects.
    const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: [cells] });
    readers.push(reader);
    collect = () => reader.collect();
  }
  const meterProvider = new MeterProvider({ resource: resourceOf(config), readers });
  if (hasHostMetrics(config)) new HostMetrics({ meterProvider }).start();
  return { collect, flush: () => meterProvider.forceFlush() };
}

function pushReader(config: Config, cells: MetricProducer, exporter: PushMetricExporter): IMetricReader {
  const temporality = (
    type: Parameters<NonNullable<PushMetricExporter['selectAggregationTemporality']>>[0],
  ) => exporter.selectAggregationTemporality?.(type) ?? AggregationTemporality.CUMULATIVE;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: config.exportInterval,
    exportTimeoutMillis: config.exportTimeout,
    metricProducers: [new TemporalityProducer(cells, temporality)],
  });
}

function hasHostMetrics({ enabledInstrumentations, disabledInstrumentations }: Config): boolean {
  const isChosen = enabledInstrumentations?.includes('host-metrics') ?? true;
  return isChosen && !disabledInstrumentations?.includes('host-metrics');
}
