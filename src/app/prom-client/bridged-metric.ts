import type { Attributes } from '@opentelemetry/api';
import type { AdvisedOptions } from '../../model/advice.ts';
import { LASTING } from '../../model/protocol.ts';
import type { PitotMeter } from '../record/meter.ts';
import { Totals } from '../record/totals.ts';
import { givenExemplars } from './given-exemplars.ts';
import { mergeRuleOf } from './merge-rule.ts';
import { entriesOf, type Labels, type PromMetric, type SummaryLine } from './prom-metric.ts';

/** A metric of the registry, with its instruments in the recorder. */
export abstract class BridgedMetric {
  private readonly totals: readonly Totals[];
  /** The last read, or else the earliest possible start of the metric; milliseconds since the epoch. */
  private since: number;
  private reads = 0;

  constructor(totals: readonly Totals[], since: number) {
    this.totals = totals;
    this.since = since;
  }

  /** Makes the metric set its values. The caller awaits the result before it reads them. May throw. */
  abstract collect(): unknown;

  /**
   * Reads the whole metric, one set of labels per step. The recorder shows the result after the last step. A read that
   * begins before another has ended takes its place.
   */
  *read(defaults: Labels, now: number): Generator<void> {
    const read = ++this.reads;
    for (const totals of this.totals) totals.begin();
    for (const step of this.tell(defaults)) {
      yield step;
      if (this.reads !== read) return;
    }
    for (const totals of this.totals) totals.end(this.since);
    this.since = now;
  }

  /** Removes all its series. */
  clear(): void {
    for (const totals of this.totals) {
      totals.begin();
      totals.end(this.since);
    }
  }

  protected abstract tell(defaults: Labels): Generator<void>;
}

/**
 * Creates the instruments of a metric. They have its name and no unit, so that the endpoint serves it under its old
 * name. Throws if that is impossible.
 */
export function bridgedMetric(meter: PitotMeter, metric: PromMetric, since: number): BridgedMetric {
  const options = { description: metric.help };
  switch (metric.type) {
    case 'counter':
      return new BridgedNumbers(
        metric,
        meter.createCounted(metric.name, 'observableCounter', options),
        since,
      );
    case 'gauge':
      return new BridgedNumbers(
        metric,
        meter.createCounted(metric.name, 'observableGauge', { ...options, ...mergeOf(metric) }),
        since,
      );
    case 'histogram':
      return new BridgedHistogram(metric, meter, since);
    case 'summary':
      return new BridgedSummary(metric, meter, since);
  }
}

function mergeOf({ aggregator }: PromMetric): AdvisedOptions {
  const merge = mergeRuleOf(aggregator);
  return merge === undefined ? {} : { advice: { limits: { merge } } };
}

class BridgedNumbers extends BridgedMetric {
  private readonly metric: PromMetric & { readonly type: 'counter' | 'gauge' };
  private readonly values: Totals;

  constructor(
    metric: BridgedNumbers['metric'],
    state: ConstructorParameters<typeof Totals>[0],
    since: number,
  ) {
    const values = new Totals(state, metric.help);
    super([values], since);
    this.metric = metric;
    this.values = values;
  }

  override collect(): unknown {
    return this.metric.collect?.();
  }

  protected override *tell(defaults: Labels): Generator<void> {
    for (const { labels, value, exemplar } of entriesOf(this.metric)) {
      // A gauge without a value reports NaN.
      if (!Number.isNaN(value)) {
        const told = this.values.of(attributesOf(labels, defaults));
        told.value += value;
        if (exemplar) told.exemplars.push(...givenExemplars([exemplar]));
      }
      yield;
    }
  }
}

class BridgedHistogram extends BridgedMetric {
  private readonly metric: PromMetric & { readonly type: 'histogram' };
  private readonly values: Totals;
  private readonly bounds: readonly number[];

  constructor(metric: BridgedHistogram['metric'], meter: PitotMeter, since: number) {
    const { name, help: description } = metric;
    const bounds = metric.upperBounds.filter(Number.isFinite);
    const advice = { explicitBucketBoundaries: [...bounds] };
    const state = meter.createCountedHistogram(name, { description, advice });
    state.setBoundaries(bounds);
    if (String(state.described.boundaries) !== String(bounds)) {
      throw new Error(
        `a histogram of this name has the buckets ${state.described.boundaries}, not ${bounds}`,
      );
    }
    const values = new Totals(state, description);
    super([values], since);
    this.metric = metric;
    this.values = values;
    this.bounds = bounds;
  }

  override collect(): unknown {
    return this.metric.collect?.();
  }

  protected override *tell(defaults: Labels): Generator<void> {
    const { bounds } = this;
    for (const { labels, sum, count, bucketValues, bucketExemplars } of entriesOf(this.metric)) {
      const told = this.values.of(attributesOf(labels, defaults));
      told.value += sum;
      let rest = count;
      for (let i = 0; i < bounds.length; i++) {
        const inBucket = bucketValues[String(bounds[i])] ?? 0;
        told.counts[i]! += inBucket;
        rest -= inBucket;
      }
      told.counts[bounds.length]! += rest;
      if (bucketExemplars) told.exemplars.push(...givenExemplars(Object.values(bucketExemplars)));
      yield;
    }
  }
}

/**
 * Quantiles of several processes or intervals cannot be merged, and the SDK has no type for them. They become a gauge
 * with the attribute `quantile`. The sum and the count are up-down counters, because a counter's name would have to end
 * in `_total`. So all of them keep their names, and `rate()` works as before. Like counters, they stay in the totals
 * when their process ends.
 */
class BridgedSummary extends BridgedMetric {
  private readonly metric: PromMetric & { readonly type: 'summary' };
  private readonly quantiles: Totals;
  /** By the name of the line. */
  private readonly sums: ReadonlyMap<string | undefined, Totals>;
  private lines: readonly SummaryLine[] = [];

  constructor(metric: BridgedSummary['metric'], meter: PitotMeter, since: number) {
    const { name, help: description } = metric;
    const quantiles = new Totals(meter.createCounted(name, 'observableGauge', { description }), description);
    const sums = ['sum', 'count'].map((part) => {
      const full = `${name}_${part}`;
      const text = `The ${part} of ${name}: ${description}`;
      const advice = { limits: { merge: LASTING } };
      const state = meter.createCounted(full, 'observableUpDownCounter', { description: text, advice });
      return [full, new Totals(state, text)] as const;
    });
    super([quantiles, ...sums.map(([, totals]) => totals)], since);
    this.metric = metric;
    this.quantiles = quantiles;
    this.sums = new Map(sums);
  }

  override async collect(): Promise<void> {
    const { values } = await this.metric.get();
    this.lines = values;
  }

  protected override *tell(defaults: Labels): Generator<void> {
    for (const { labels, value, metricName } of this.lines) {
      const totals = this.sums.get(metricName) ?? this.quantiles;
      totals.of(attributesOf(labels, defaults)).value += value;
      yield;
    }
  }
}

/** Labels are strings: a number is the same label as its text. */
function attributesOf(labels: Labels, defaults: Labels): Attributes {
  const attributes: Record<string, string> = {};
  for (const name in defaults) attributes[name] = String(defaults[name]);
  for (const name in labels) attributes[name] = String(labels[name]);
  return attributes;
}
