import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
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
import { TemporalityProducer } from './temporality.ts';

/** The OpenTelemetry SDK within the hub: one pull reader for the endpoint, one push reader a forwarder. */
export interface Pipeline {
  /** Everything of this process at this moment, cumulative; `undefined` when the endpoint is off. */
  readonly collect: (() => Promise<CollectionResult>) | undefined;
  /** What is not in the cells. */
  readonly others: readonly MetricProducer[];
  /** Has every push reader forward what there is. */
  readonly flush: () => Promise<void>;
}

export interface PipelineOptions {
  readonly config: Config;
  readonly resource: Resource;
  readonly cells: MetricProducer;
  /** What the hub says of itself. */
  readonly self: MetricProducer;
  readonly forwarders: readonly PushMetricExporter[];
  /** What is forwarded instead of this process' own metrics, with whose resource. */
  readonly service: { readonly producer: MetricProducer; readonly resource: Resource } | undefined;
}

export function startPipeline({
  config,
  resource,
  cells,
  self,
  forwarders,
  service,
}: PipelineOptions): Pipeline {
  const others = hasHostMetrics(config) ? [startHostMetrics(), self] : [self];
  const own = [cells, ...others];
  const forwarded = service === undefined ? own : [service.producer];
  const pushReaders = forwarders.map((exporter) => pushReader(config, forwarded, exporter));
  const pullReaders: IMetricReader[] = [];
  let collect: Pipeline['collect'];
  if (config.exporters.includes('prometheus')) {
    // Its own server stays off: pitot's serves what this reader collects.
    const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: own });
    pullReaders.push(reader);
    collect = () => reader.collect();
  }
  new MeterProvider({ resource, readers: pullReaders });
  const pushing = new MeterProvider({ resource: service?.resource ?? resource, readers: pushReaders });
  return { collect, others, flush: () => pushing.forceFlush() };
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
