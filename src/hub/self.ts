import type { Meter, MetricOptions } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type CollectionResult,
  InstrumentType,
  MeterProvider,
  type MetricProducer,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { packageVersion } from '../base/pitot-scope.ts';
import { metricOptions } from '../contract/metric-options.ts';
import type { SeriesRegistry } from './collect/series-registry.ts';
import type { Scraped } from './expose/scrape.ts';
import type { SecuredFile } from './http/security/security.ts';
import { tellRecorders } from './recorder-metrics.ts';
import { SELF_METRICS } from './self-metrics.ts';
import type { Refusal } from './server.ts';
import type { Stalls } from './stalls.ts';

const FORMAT = 'pitot.scrape.format';
const OUTCOME = 'pitot.scrape.outcome';

/** Collects when it is asked to. */
class OwnReader extends MetricReader {
  constructor() {
    super({
      // A gauge as a delta has the series of one collection only: a thread that has ended is gone.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
    });
  }
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/**
 * What the hub says of itself, of its endpoint and of the event loops it watches. It is recorded by the
 * SDK and comes to the hub's readers as one more producer.
 */
export class Self implements MetricProducer {
  private readonly reader = new OwnReader();
  private readonly scrapes;
  private readonly durations;
  private readonly bytes;
  private readonly reloads;
  private readonly refusals;
  /** For what other parts of the hub say of themselves. */
  readonly meter: Meter;
  private seriesByInstrument: ReadonlyMap<string, number> = new Map();

  /** @param registries gives those of the recorders that there are */
  constructor(stalls: Stalls, registries: () => Iterable<SeriesRegistry>) {
    const provider = new MeterProvider({ readers: [this.reader] });
    const meter = provider.getMeter('pitot/hub', packageVersion());
    this.meter = meter;
    this.scrapes = meter.createCounter('pitot.scrapes', optionsOf('pitot.scrapes'));
    this.durations = meter.createHistogram('pitot.scrape.duration', optionsOf('pitot.scrape.duration'));
    this.bytes = meter.createCounter('pitot.scrape.io', optionsOf('pitot.scrape.io'));
    this.reloads = meter.createCounter('pitot.config.reloads', optionsOf('pitot.config.reloads'));
    this.refusals = meter.createCounter('pitot.endpoint.refusals', optionsOf('pitot.endpoint.refusals'));
    this.startAtZero();
    tellStalls(meter, stalls);
    tellRecorders(meter, registries);
    meter.createObservableGauge('pitot.series', optionsOf('pitot.series')).addCallback((result) => {
      for (const [name, count] of this.seriesByInstrument) {
        result.observe(count, { 'pitot.instrument.name': name });
      }
    });
  }

  collect(): Promise<CollectionResult> {
    return this.reader.collect();
  }

  /** All that was collected: its series are counted, and told with the next collection. */
  counted(result: CollectionResult): CollectionResult {
    const counts = new Map<string, number>();
    for (const { metrics } of result.resourceMetrics.scopeMetrics) {
      for (const { descriptor, dataPoints } of metrics) {
        counts.set(descriptor.name, (counts.get(descriptor.name) ?? 0) + dataPoints.length);
      }
    }
    this.seriesByInstrument = counts;
    return result;
  }

  /** A scrape has ended. */
  readonly scraped = ({ format, outcome, duration, bytes }: Scraped): void => {
    this.scrapes.add(1, { [FORMAT]: format, [OUTCOME]: outcome });
    this.durations.record(duration / 1000, { [FORMAT]: format });
    this.bytes.add(bytes, { [FORMAT]: format });
  };

  readonly refused = (reason: Refusal): void => {
    this.refusals.add(1, { 'pitot.refusal.reason': reason });
  };

  readonly reloaded = (file: SecuredFile, isGood: boolean): void => {
    this.reloads.add(1, reloadOf(file, isGood ? 'success' : 'failure'));
  };

  /** A counter that appears with its first event hides that event from a rate. */
  private startAtZero(): void {
    const { attributes: scrape } = SELF_METRICS['pitot.scrapes'];
    for (const format of scrape[FORMAT]) {
      for (const outcome of scrape[OUTCOME]) this.scrapes.add(0, { [FORMAT]: format, [OUTCOME]: outcome });
      this.bytes.add(0, { [FORMAT]: format });
    }
    const { attributes: reload } = SELF_METRICS['pitot.config.reloads'];
    for (const file of reload['pitot.config.file']) {
      for (const outcome of reload['pitot.config.outcome']) this.reloads.add(0, reloadOf(file, outcome));
    }
    const { attributes: refusal } = SELF_METRICS['pitot.endpoint.refusals'];
    for (const reason of refusal['pitot.refusal.reason']) {
      this.refusals.add(0, { 'pitot.refusal.reason': reason });
    }
  }
}

function tellStalls(meter: Meter, stalls: Stalls): void {
  const [current, count, time] = [
    'nodejs.eventloop.stall.current',
    'nodejs.eventloop.stalls',
    'nodejs.eventloop.stall.time',
  ] as const;
  meter.createObservableGauge(current, optionsOf(current)).addCallback((result) => {
    for (const { thread, stuck } of stalls.states()) {
      const id = thread.name === 'main' ? {} : { 'thread.id': thread.id };
      result.observe(stuck, { 'thread.name': thread.name, ...id });
    }
  });
  meter.createObservableCounter(count, optionsOf(count)).addCallback((result) => {
    for (const [name, totals] of stalls.totals()) result.observe(totals.stalls, { 'thread.name': name });
  });
  meter.createObservableCounter(time, optionsOf(time)).addCallback((result) => {
    for (const [name, totals] of stalls.totals()) result.observe(totals.seconds, { 'thread.name': name });
  });
}

function reloadOf(file: SecuredFile, outcome: 'success' | 'failure') {
  return { 'pitot.config.file': file, 'pitot.config.outcome': outcome };
}

function optionsOf(name: keyof typeof SELF_METRICS): MetricOptions {
  return metricOptions(SELF_METRICS[name]);
}
