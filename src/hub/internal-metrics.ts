import type { MetricOptions } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import { packageVersion } from '../base/pitot-scope.ts';
import { metricOptions } from '../contract/metric-options.ts';
import { OVERFLOW_ATTRIBUTE } from '../model/series-limit.ts';
import { countPoints } from './collect/columns.ts';
import { type HubMeter, InternalMeter, type ObservedResult } from './collect/internal-meter.ts';
import type { SeriesRegistry } from './collect/series-registry.ts';
import type { Scraped } from './expose/scrape.ts';
import type { SecuredFile } from './http/security/security.ts';
import { INTERNAL_METRICS } from './internal-metrics-contract.ts';
import type { Refusal } from './server.ts';
import type { CauseTotals } from './stalls/cause-totals.ts';
import type { Stalls } from './stalls/stalls.ts';

const FORMAT = 'pitot.scrape.format';
const OUTCOME = 'pitot.scrape.outcome';

/** Series of one metric, whose limit is 2,000: two fewer, for the series of the others and the meter's own overflow. */
const MAX_SERIES = 1998;

/** The stalls of this process. */
export interface StallCounts {
  readonly stalls: Stalls;
  readonly causes: CauseTotals;
  /** When the first hub of the process began to count, in milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Metrics of pitot's own: the hub, its endpoint, the recorders, and the event loops that the hub watches. The
 * hub's readers collect them as one more producer.
 */
export class InternalMetrics implements MetricProducer {
  private readonly scrapes;
  private readonly durations;
  private readonly bytes;
  private readonly reloads;
  private readonly refusals;
  /** Other parts of the hub record their own metrics with it. */
  readonly meter: InternalMeter;
  private seriesByInstrument: ReadonlyMap<string, number> = new Map();

  /** @param registries called at each collection: one for each thread */
  constructor({ stalls, causes, since }: StallCounts, registries: () => Iterable<SeriesRegistry>) {
    const meter = new InternalMeter({ name: 'pitot/hub', version: packageVersion() ?? '' }, since);
    this.meter = meter;
    this.scrapes = meter.createCounter('pitot.scrapes', optionsOf('pitot.scrapes'));
    this.durations = meter.createHistogram('pitot.scrape.duration', optionsOf('pitot.scrape.duration'));
    this.bytes = meter.createCounter('pitot.scrape.io', optionsOf('pitot.scrape.io'));
    this.reloads = meter.createCounter('pitot.config.reloads', optionsOf('pitot.config.reloads'));
    this.refusals = meter.createCounter('pitot.endpoint.refusals', optionsOf('pitot.endpoint.refusals'));
    this.startAtZero();
    recordStalls(meter, stalls);
    recordCauses(meter, causes);
    recordRecorders(meter, registries, () => this.seriesByInstrument.size > MAX_SERIES);
    meter.createObservableGauge('pitot.series', optionsOf('pitot.series')).addCallback((result) => {
      observeLargest(result, this.seriesByInstrument);
    });
  }

  async collect(): Promise<CollectionResult> {
    const { scopeMetrics, errors } = this.meter.collect();
    // The reader replaces the resource.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors };
  }

  /** Counts the series of a collection, for the next one to report, and returns the collection. */
  countSeries(result: CollectionResult): CollectionResult {
    const counts = new Map<string, number>();
    for (const { metrics } of result.resourceMetrics.scopeMetrics) {
      for (const metric of metrics) {
        const { name } = metric.descriptor;
        counts.set(name, (counts.get(name) ?? 0) + countPoints(metric));
      }
    }
    this.seriesByInstrument = counts;
    return result;
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

function recordStalls(meter: HubMeter, stalls: Stalls): void {
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

function recordCauses(meter: HubMeter, causes: CauseTotals): void {
  const [count, time] = ['pitot.stall.causes', 'pitot.stall.cause.time'] as const;
  meter.createObservableCounter(count, optionsOf(count)).addCallback((result) => {
    for (const { attributes, stalls } of causes.all) result.observe(stalls, attributes);
  });
  meter.createObservableCounter(time, optionsOf(time)).addCallback((result) => {
    for (const { attributes, seconds } of causes.all) result.observe(seconds, attributes);
  });
}

/** Observes a value for each instrument. Past the limit the largest have a series, and one has the sum of the others. */
function observeLargest(result: ObservedResult, byInstrument: ReadonlyMap<string, number>): void {
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
  meter: HubMeter,
  registries: () => Iterable<SeriesRegistry>,
  isSeriesOverflowing = () => false,
): void {
  const overflow = 'pitot.series.overflow';
  meter.createObservableGauge(overflow, optionsOf(overflow)).addCallback((result) => {
    const overflowing = new Map<string, number>();
    if (isSeriesOverflowing()) overflowing.set('pitot.series', 1);
    for (const { instruments } of registries()) {
      for (const { description, overflow: series } of instruments.values()) {
        if (series !== undefined) overflowing.set(description.name, 1);
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
