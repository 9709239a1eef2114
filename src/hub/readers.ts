import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  InstrumentType,
  MeterProvider,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import type { Config } from '../config/settings/table.ts';
import { type Baseline, TemporalityProducer } from './collect/temporality.ts';
import { DeltaMemory } from './forward/delta-memory.ts';
import type { Forwarder } from './forward/forwarder.ts';
import { PushReader, type RequestLog } from './forward/push-reader.ts';
import type { SelfObservation } from './forward/self-observation.ts';

/*
 * The OpenTelemetry SDK within the hub: one pull reader for the endpoint, and one push reader for each forwarder.
 * All of them read the same producers.
 */

/** Collects when it is asked. (SDK specification, "Pull Metric Exporter") */
class PullReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** @returns a function that collects everything of this process at this moment, cumulative */
export function startPullReader(
  producers: readonly MetricProducer[],
  resource: Resource,
  observation: SelfObservation,
): () => Promise<CollectionResult> {
  const otelComponentType = 'prometheus_http_text_metric_exporter';
  const reader = new PullReader({ metricProducers: [...producers], otelComponentType });
  new MeterProvider({ resource, readers: [reader] });
  const recordCollection = observation.reader(otelComponentType);
  return async () => {
    const started = performance.now();
    const result = await reader.collect();
    const errorType = result.errors.length === 0 ? undefined : '_OTHER';
    recordCollection((performance.now() - started) / 1000, errorType);
    return result;
  };
}

export interface PushReaderOptions {
  readonly config: Config;
  readonly forwarders: readonly Forwarder[];
  readonly source: MetricProducer;
  /** Ends the intervals of histograms' minimum and maximum with the next collection from `source`. */
  readonly endIntervals: () => void;
  readonly resource: Resource;
  readonly observation: SelfObservation;
  /** Whether this process forwards now. With PITOT_FORWARD_FROM=leader only one process of a service does. */
  readonly isActive: () => boolean;
  /** What an earlier hub had forwarded as differences. */
  readonly forwarded: SharedArrayBuffer | undefined;
  /** Called with the memory of forwarded differences, for the next hub. */
  readonly checkpoint: (forwarded: SharedArrayBuffer) => void;
}

export interface PushReaders {
  /** Whether a receiver has not taken the latest export. */
  readonly isBehind: boolean;
  /** Forwards everything there is, now. Logs one error for each receiver that did not take it. @returns whether all did */
  flush(): Promise<boolean>;
}

export function startPushReaders(options: PushReaderOptions): PushReaders {
  const readers = options.forwarders.map((forwarder) => pushReader(forwarder, options));
  new MeterProvider({ resource: options.resource, readers });
  const flush = async (reader: PushReader) => {
    try {
      await reader.forceFlush();
      return true;
    } catch (error) {
      diag.error('metrics could not be forwarded at once:', error);
      return false;
    }
  };
  return {
    get isBehind() {
      return readers.some((reader) => reader.isBehind);
    },
    flush: async () => {
      const flushed = await Promise.all(readers.map(flush));
      return flushed.every((isTaken) => isTaken);
    },
  };
}

function pushReader(
  forwarder: Forwarder,
  { config, source, endIntervals, observation, isActive, forwarded, checkpoint }: PushReaderOptions,
): PushReader {
  const { exportInterval, exportTimeout, otlpTimeout } = config;
  const memory = prefersDeltas(forwarder) ? new DeltaMemory<Baseline>(forwarded, checkpoint) : undefined;
  const earlier = memory?.read();
  const producer = new TemporalityProducer(source, forwarder.selectTemporality, {
    baseline: earlier?.baseline,
    ...(memory === undefined ? {} : { endIntervals }),
  });
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
    observer: observation.exporter(forwarder.component),
    tellCollection: observation.reader('periodic_metric_reader'),
    isActive,
    log,
  });
}

/** At most one forwarder does, so one memory of forwarded differences is enough. */
function prefersDeltas({ selectTemporality }: Forwarder): boolean {
  return selectTemporality(InstrumentType.COUNTER) === AggregationTemporality.DELTA;
}

/** One producer in place of several. */
export function combined(producers: readonly MetricProducer[]): MetricProducer {
  return {
    async collect(options) {
      const [first, ...rest] = await Promise.all(producers.map((producer) => producer.collect(options)));
      if (first === undefined) throw new Error('there is no producer to collect from');
      const all = [first, ...rest];
      const scopeMetrics = all.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics);
      return {
        resourceMetrics: { ...first.resourceMetrics, scopeMetrics },
        errors: all.flatMap(({ errors }) => errors),
      };
    },
  };
}
