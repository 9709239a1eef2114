import type { Meter, MetricOptions, ObservableResult } from '@opentelemetry/api';
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
import { OVERFLOW_ATTRIBUTE } from '../model/series-limit.ts';
import { hasOverflow } from './collect/cardinality.ts';
import type { SeriesRegistry } from './collect/series-registry.ts';
import type { Scraped } from './expose/scrape.ts';
import type { SecuredFile } from './http/security/security.ts';
import { INTERNAL_METRICS } from './internal-metrics-contract.ts';
import type { Refusal } from './server.ts';
import type { Cause } from './stalls/cause.ts';
import type { CauseCounter } from './stalls/examiner.ts';
import { fileOf, functionOf } from './stalls/log.ts';
import type { Stalls, Thread } from './stalls/stalls.ts';

const FORMAT = 'pitot.scrape.format';
const OUTCOME = 'pitot.scrape.outcome';

/** Series of one metric of the SDK, whose limit is 2,000: two fewer, for the overflow series and the SDK's own. */
const MAX_SERIES = 1998;

/** Collects on demand. */
class OnDemandReader extends MetricReader {
  constructor() {
    super({
      // A delta gauge has only what its callback reported this time: the series of an ended thread is gone.
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
 * Metrics of pitot's own: the hub, its endpoint, the recorders, and the event loops that the hub watches. The SDK
 * records them, and the hub's readers collect them as one more producer.
 */
export class InternalMetrics implements MetricProducer, CauseCounter {
  private readonly reader = new OnDemandReader();
  private readonly scrapes;
  private readonly durations;
  private readonly bytes;
  private readonly reloads;
  private readonly refusals;
  private readonly stallCauses;
  private readonly stallCauseTime;
  /** Other parts of the hub record their own metrics with it. */
  readonly meter: Meter;
  private seriesByInstrument: ReadonlyMap<string, number> = new Map();

  /** @param registries called at each collection: one for each thread */
  constructor(stalls: Stalls, registries: () => Iterable<SeriesRegistry>) {
    // Functions and files are the application's: their number is bounded.
    const views = (['pitot.stall.causes', 'pitot.stall.cause.time'] as const).map((instrumentName) => ({
      instrumentName,
      aggregationCardinalityLimit: INTERNAL_METRICS[instrumentName].seriesLimit,
    }));
    const provider = new MeterProvider({ readers: [this.reader], views });
    const meter = provider.getMeter('pitot/hub', packageVersion());
    this.meter = meter;
    this.scrapes = meter.createCounter('pitot.scrapes', optionsOf('pitot.scrapes'));
    this.durations = meter.createHistogram('pitot.scrape.duration', optionsOf('pitot.scrape.duration'));
    this.bytes = meter.createCounter('pitot.scrape.io', optionsOf('pitot.scrape.io'));
    this.reloads = meter.createCounter('pitot.config.reloads', optionsOf('pitot.config.reloads'));
    this.refusals = meter.createCounter('pitot.endpoint.refusals', optionsOf('pitot.endpoint.refusals'));
    this.stallCauses = meter.createCounter('pitot.stall.causes', optionsOf('pitot.stall.causes'));
    this.stallCauseTime = meter.createCounter('pitot.stall.cause.time', optionsOf('pitot.stall.cause.time'));
    this.startAtZero();
    recordStalls(meter, stalls);
    recordRecorders(meter, registries, () => this.seriesByInstrument.size > MAX_SERIES);
    meter.createObservableGauge('pitot.series', optionsOf('pitot.series')).addCallback((result) => {
      observeLargest(result, this.seriesByInstrument);
    });
  }

  collect(): Promise<CollectionResult> {
    return this.reader.collect();
  }

  /** Counts the series of a collection, for the next one to report, and returns the collection. */
  countSeries(result: CollectionResult): CollectionResult {
    const counts = new Map<string, number>();
    for (const { metrics } of result.resourceMetrics.scopeMetrics) {
      for (const { descriptor, dataPoints } of metrics) {
        counts.set(descriptor.name, (counts.get(descriptor.name) ?? 0) + dataPoints.length);
      }
    }
    this.seriesByInstrument = counts;
    return result;
  }

  began(thread: Thread, cause: Cause): void {
    this.stallCauses.add(1, attributesOf(thread, cause));
  }

  lasted(thread: Thread, cause: Cause, seconds: number): void {
    this.stallCauseTime.add(seconds, attributesOf(thread, cause));
  }

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

  /** `rate()` misses the event with which a counter appears, so every counter is there from the start. */
  private startAtZero(): void {
    const { attributes: scrape } = INTERNAL_METRICS['pitot.scrapes'];
    for (const format of scrape[FORMAT]) {
      for (const outcome of scrape[OUTCOME]) this.scrapes.add(0, { [FORMAT]: format, [OUTCOME]: outcome });
      this.bytes.add(0, { [FORMAT]: format });
    }
    const { attributes: reload } = INTERNAL_METRICS['pitot.config.reloads'];
    for (const file of reload['pitot.config.file']) {
      for (const outcome of reload['pitot.config.outcome']) this.reloads.add(0, reloadOf(file, outcome));
    }
    const { attributes: refusal } = INTERNAL_METRICS['pitot.endpoint.refusals'];
    for (const reason of refusal['pitot.refusal.reason']) {
      this.refusals.add(0, { 'pitot.refusal.reason': reason });
    }
  }
}

function attributesOf({ name }: Thread, { frames: [own] }: Cause) {
  return { 'thread.name': name, 'code.function.name': functionOf(own), 'code.file.path': fileOf(own) };
}

function recordStalls(meter: Meter, stalls: Stalls): void {
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

/** Observes a value for each instrument. Past the limit the largest have a series, and one has the sum of the others. */
function observeLargest(result: ObservableResult, byInstrument: ReadonlyMap<string, number>): void {
  const all = [...byInstrument];
  const fits = all.length <= MAX_SERIES;
  const sorted = fits ? all : all.toSorted(([, a], [, b]) => b - a);
  for (const [name, value] of sorted.slice(0, MAX_SERIES)) {
    result.observe(value, { 'pitot.instrument.name': name });
  }
  if (fits) return;
  const rest = sorted.slice(MAX_SERIES).reduce((sum, [, value]) => sum + value, 0);
  result.observe(rest, { [OVERFLOW_ATTRIBUTE]: true });
}

/**
 * @param registries one for each thread
 * @param isSeriesOverflowing whether `pitot.series` has more instruments than series
 */
export function recordRecorders(
  meter: Meter,
  registries: () => Iterable<SeriesRegistry>,
  isSeriesOverflowing = () => false,
): void {
  const overflow = 'pitot.series.overflow';
  meter.createObservableGauge(overflow, optionsOf(overflow)).addCallback((result) => {
    const overflowing = new Map<string, number>();
    if (isSeriesOverflowing()) overflowing.set('pitot.series', 1);
    for (const { instruments } of registries()) {
      for (const { description, series } of instruments.values()) {
        if (hasOverflow(series.values())) overflowing.set(description.name, 1);
      }
    }
    observeLargest(result, overflowing);
  });
  const memory = 'pitot.recorder.memory';
  meter.createObservableUpDownCounter(memory, optionsOf(memory)).addCallback((result) => {
    let used = 0;
    let total = 0;
    for (const { memory } of registries()) {
      used += memory.used;
      total += memory.total;
    }
    result.observe(used, { 'pitot.memory.state': 'used' });
    result.observe(total - used, { 'pitot.memory.state': 'free' });
  });
}

function reloadOf(file: SecuredFile, outcome: 'success' | 'failure') {
  return { 'pitot.config.file': file, 'pitot.config.outcome': outcome };
}

function optionsOf(name: keyof typeof INTERNAL_METRICS): MetricOptions {
  return metricOptions(INTERNAL_METRICS[name]);
}
