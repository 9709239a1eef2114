import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type CollectionResult,
  InstrumentType,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import type { Config } from '../config/settings/table.ts';
import { served } from './collect/served-histogram.ts';
import { type Baseline, TemporalityProducer } from './collect/temporality.ts';
import { DeltaMemory, type Unsettled } from './forward/delta-memory.ts';
import type { Forwarder } from './forward/forwarder.ts';
import type { ModuleReader } from './forward/modules.ts';
import { PushReader, type RequestLog } from './forward/push-reader.ts';
import type { SelfObservation } from './forward/self-observation.ts';
import { settled } from './forward/within.ts';

/*
 * One pull reader for the endpoint, and one push reader for each forwarder. All of them read the same producers.
 */

/** @returns a function that collects everything of this process at this moment, cumulative */
export function startPullReader(
  producers: readonly MetricProducer[],
  resource: Resource,
  observation: SelfObservation,
): () => Promise<CollectionResult> {
  const producer = combined(producers);
  const recordCollection = observation.reader('prometheus_http_text_metric_exporter');
  return async () => {
    const started = performance.now();
    const { resourceMetrics, errors } = await producer.collect();
    const errorType = errors.length === 0 ? undefined : '_OTHER';
    recordCollection((performance.now() - started) / 1000, errorType);
    return { resourceMetrics: { ...resourceMetrics, resource }, errors };
  };
}

export interface PushReaderOptions {
  readonly config: Config;
  readonly forwarders: readonly Forwarder[];
  /** Readers of other packages. */
  readonly moduleReaders: readonly ModuleReader[];
  readonly source: MetricProducer;
  /** Ends the intervals of histograms' minimum and maximum with the next collection from `source`. */
  readonly endIntervals: () => void;
  readonly resource: Resource;
  readonly observation: SelfObservation;
  /** Whether this process forwards now. With PITOT_FORWARD_FROM=leader only one process of a service does. */
  readonly isActive: () => boolean;
  /** Whether another process forwards the same when this one ends. */
  readonly isContinued: () => Promise<boolean>;
  /** The state of an earlier hub's forwarded differences, by destination. */
  readonly forwarded: ReadonlyMap<string, SharedArrayBuffer>;
  /** Called with the memory of forwarded differences, for the next hub. */
  readonly checkpoint: (destination: string, forwarded: SharedArrayBuffer) => void;
}

export interface PushReaders {
  /** Whether a receiver has not taken the latest export. */
  readonly isBehind: boolean;
  /**
   * Forwards everything there is, now. Logs one error for each receiver that did not take it.
   *
   * @param isFinal whether the process ends
   * @returns whether all receivers took it
   */
  flush(isFinal: boolean): Promise<boolean>;
}

export function startPushReaders(options: PushReaderOptions): PushReaders {
  const { forwarders, moduleReaders } = options;
  const temporalities = new Temporalities(options);
  const readers = forwarders.map((forwarder) => pushReader(forwarder, temporalities, options));
  for (const reader of moduleReaders) attachModuleReader(reader, temporalities, options);
  const flushed = async (flush: () => Promise<unknown>) => {
    try {
      await flush();
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
    flush: async (isFinal) => {
      const all = await Promise.all([
        ...readers.map((reader) => flushed(() => (isFinal ? reader.end() : reader.forceFlush()))),
        ...moduleReaders.map((reader) =>
          flushed(() => flushModuleReader(reader, isFinal, options.config.exportTimeout)),
        ),
      ]);
      return all.every((isTaken) => isTaken);
    },
  };
}

function pushReader(
  forwarder: Forwarder,
  temporalities: Temporalities,
  { config, resource, observation, isActive, isContinued }: PushReaderOptions,
): PushReader {
  const { exportInterval, exportTimeout, otlpTimeout } = config;
  const { producer, log } = temporalities.select(forwarder);
  const isBounded = forwarder.flush === undefined && otlpTimeout !== 0;
  return new PushReader({
    forwarder,
    producer,
    resource,
    interval: exportInterval,
    timeout: isBounded ? Math.min(exportTimeout, otlpTimeout) : exportTimeout,
    observer: observation.exporter(forwarder.component),
    tellCollection: observation.reader('periodic_metric_reader'),
    isActive,
    isContinued,
    log,
  });
}

/** Gives a reader of another package its metrics. The reader reports no outcome. */
function attachModuleReader(
  { reader, target, selectTemporality }: ModuleReader,
  temporalities: Temporalities,
  { resource, observation, isActive }: PushReaderOptions,
): void {
  const { producer, log } = temporalities.select({ target, selectTemporality });
  const recordCollection = observation.reader(reader.constructor.name);
  const nothing: CollectionResult = { resourceMetrics: { resource, scopeMetrics: [] }, errors: [] };
  reader.setMetricProducer({
    async collect() {
      if (!isActive()) return nothing;
      const started = performance.now();
      const { resourceMetrics, errors } = await producer.collect();
      recordCollection((performance.now() - started) / 1000, errors.length === 0 ? undefined : '_OTHER');
      log?.write(NO_REQUEST);
      log?.settle();
      return { resourceMetrics: { ...served(resourceMetrics), resource }, errors };
    },
  });
}

const NO_REQUEST: Unsettled = { request: new Uint8Array(), points: 0 };

/** The last flush is its shutdown, in which it exports what is left. (Metrics SDK specification, "MetricReader", "Shutdown") */
function flushModuleReader(
  { reader, target }: ModuleReader,
  isFinal: boolean,
  timeout: number,
): Promise<void> {
  return isFinal
    ? settled(`${target}: its shutdown()`, () => reader.shutdown(), timeout)
    : settled(`${target}: its forceFlush()`, () => reader.forceFlush(), timeout);
}

/** Gives each destination the temporality that it prefers, and remembers its differences for the next hub. */
class Temporalities {
  private readonly options: PushReaderOptions;
  private readonly targets: string[] = [];
  private hasIntervals = false;

  constructor(options: PushReaderOptions) {
    this.options = options;
  }

  select({ target, selectTemporality }: Pick<Forwarder, 'target' | 'selectTemporality'>): {
    readonly producer: MetricProducer;
    readonly log: RequestLog | undefined;
  } {
    const { source, endIntervals, forwarded, checkpoint } = this.options;
    if (!prefersDeltas(selectTemporality)) {
      return { producer: new TemporalityProducer(source, selectTemporality), log: undefined };
    }
    // Several may have one target, and the next hub has them in the same order.
    const destination = `${target}/${this.targets.filter((other) => other === target).length}`;
    this.targets.push(target);
    const memory = new DeltaMemory<Baseline>(forwarded.get(destination), (shared) =>
      checkpoint(destination, shared),
    );
    const earlier = memory.read();
    const producer = new TemporalityProducer(source, selectTemporality, {
      baseline: earlier?.baseline,
      // Cells have one interval, so one destination ends it. The others get minimum and maximum where theirs is the same.
      ...(this.hasIntervals ? {} : { endIntervals }),
    });
    this.hasIntervals = true;
    const log: RequestLog = {
      unsettled: earlier?.unsettled,
      write: (unsettled) => memory.write({ baseline: producer.baseline, unsettled }),
      settle: () => memory.settle(),
    };
    return { producer, log };
  }
}

function prefersDeltas(select: AggregationTemporalitySelector): boolean {
  return Object.values(InstrumentType).some((type) => select(type) === AggregationTemporality.DELTA);
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
