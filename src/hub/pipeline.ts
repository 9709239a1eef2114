import { diag } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  InstrumentType,
  MeterProvider,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { Config } from '../config/settings/table.ts';
import { type Baseline, TemporalityProducer } from './collect/temporality.ts';
import { DeltaMemory } from './forward/delta-memory.ts';
import type { Forwarder } from './forward/forwarder.ts';
import { PushReader, type RequestLog } from './forward/push-reader.ts';
import type { SelfObservation, TellCollection } from './forward/self-observation.ts';
import { startHostMetrics } from './system/host-metrics.ts';

/** The OpenTelemetry SDK within the hub: one pull reader for the endpoint, one push reader a forwarder. */
export interface Pipeline {
  /** Everything of this process at this moment, cumulative; `undefined` when the endpoint is off. */
  readonly collect: (() => Promise<CollectionResult>) | undefined;
  /** What is not in the cells. */
  readonly others: readonly MetricProducer[];
  /** Whether a receiver has not taken the latest export. */
  readonly isBehind: boolean;
  /** Has every push reader forward what there is. One error for each that could not says so. */
  readonly flush: () => Promise<void>;
}

export interface PipelineOptions {
  readonly config: Config;
  readonly resource: Resource;
  readonly cells: MetricProducer;
  readonly internal: MetricProducer;
  readonly selfObservation: SelfObservation;
  readonly forwarders: readonly Forwarder[];
  /** What is forwarded instead of this process' own metrics, with whose resource, while this process does it. */
  readonly service:
    | {
        readonly producer: MetricProducer;
        readonly resource: Resource;
        readonly isForwarding: () => boolean;
      }
    | undefined;
  /** What an earlier hub had forwarded as differences. */
  readonly forwarded: SharedArrayBuffer | undefined;
  /** Called with the memory of what is forwarded as differences, for the next hub. */
  readonly checkpointForwarded: (shared: SharedArrayBuffer) => void;
}

export function startPipeline(options: PipelineOptions): Pipeline {
  const { config, resource, cells, internal, selfObservation, forwarders, service } = options;
  const others = hasHostMetrics(config) ? [startHostMetrics(), internal] : [internal];
  const own = [cells, ...others];
  const source = service === undefined ? together(own) : service.producer;
  const pushReaders = forwarders.map((forwarder) => pushReader(options, source, forwarder));
  let collect: Pipeline['collect'];
  if (config.exporters.includes('prometheus')) {
    // Its own server stays off: pitot's serves what this reader collects.
    const reader = new PrometheusExporter({ preventServerStart: true, metricProducers: own });
    new MeterProvider({ resource, readers: [reader] });
    const tell = selfObservation.reader('prometheus_http_text_metric_exporter');
    collect = () => timed(() => reader.collect(), tell);
  }
  new MeterProvider({ resource: service?.resource ?? resource, readers: pushReaders });
  const flush = async (reader: PushReader) => {
    try {
      await reader.forceFlush();
    } catch (error) {
      diag.error('the last values could not be forwarded:', error);
    }
  };
  return {
    collect,
    others,
    get isBehind() {
      return pushReaders.some((reader) => reader.isBehind);
    },
    flush: async () => {
      await Promise.all(pushReaders.map(flush));
    },
  };
}

function pushReader(
  { config, selfObservation, service, forwarded, checkpointForwarded }: PipelineOptions,
  source: MetricProducer,
  forwarder: Forwarder,
): PushReader {
  const { exportInterval, exportTimeout, otlpTimeout } = config;
  const memory = hasDeltas(forwarder) ? new DeltaMemory<Baseline>(forwarded, checkpointForwarded) : undefined;
  const earlier = memory?.read();
  const producer = new TemporalityProducer(source, forwarder.selectTemporality, earlier?.baseline);
  const log: RequestLog | undefined = memory && {
    unsettled: earlier?.unsettled,
    write: (unsettled) => memory.write({ baseline: producer.baseline, unsettled }),
    settle: () => memory.settle(),
  };
  return new PushReader({
    forwarder,
    producers: [producer],
    interval: exportInterval,
    timeout: otlpTimeout === 0 ? exportTimeout : Math.min(exportTimeout, otlpTimeout),
    observer: selfObservation.exporter(forwarder.component),
    tellCollection: selfObservation.reader('periodic_metric_reader'),
    isActive: service?.isForwarding ?? (() => true),
    log,
  });
}

/** One forwarder at most prefers differences: there is one memory of them. */
function hasDeltas({ selectTemporality }: Forwarder): boolean {
  return selectTemporality(InstrumentType.COUNTER) === AggregationTemporality.DELTA;
}

/** All producers as one. */
function together(producers: readonly MetricProducer[]): MetricProducer {
  return {
    async collect(options) {
      const [first, ...rest] = await Promise.all(producers.map((producer) => producer.collect(options)));
      if (first === undefined) throw new Error('there is nothing to collect from');
      const all = [first, ...rest];
      const scopeMetrics = all.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics);
      return {
        resourceMetrics: { ...first.resourceMetrics, scopeMetrics },
        errors: all.flatMap(({ errors }) => errors),
      };
    },
  };
}

async function timed(
  collect: () => Promise<CollectionResult>,
  tell: TellCollection,
): Promise<CollectionResult> {
  const started = performance.now();
  const result = await collect();
  tell((performance.now() - started) / 1000, result.errors.length === 0 ? undefined : '_OTHER');
  return result;
}

export function hasHostMetrics({ enabledInstrumentations, disabledInstrumentations }: Config): boolean {
  const isChosen = enabledInstrumentations?.includes('host-metrics') ?? true;
  return isChosen && !disabledInstrumentations?.includes('host-metrics');
}
