import type { Attributes, HrTime, MetricOptions } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { DataPoint, Histogram, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { DEFAULT_SERIES_LIMIT, OVERFLOW_ATTRIBUTE } from '../../model/series-limit.ts';
import { headOf, type MetricHead } from './metric-head.ts';

/** The part of OpenTelemetry's `Meter` that the hub records its own metrics with. */
export interface HubMeter {
  createCounter(name: string, options: MetricOptions): Adder;
  createUpDownCounter(name: string, options: MetricOptions): Adder;
  createHistogram(name: string, options: MetricOptions): { record: Adder['add'] };
  createObservableCounter(name: string, options: MetricOptions): Observed;
  createObservableUpDownCounter(name: string, options: MetricOptions): Observed;
  createObservableGauge(name: string, options: MetricOptions): Observed;
}

interface Adder {
  add(value: number, attributes: Attributes): void;
}

interface Observed {
  addCallback(callback: (result: ObservedResult) => void): void;
}

export interface ObservedResult {
  observe(value: number, attributes: Attributes): void;
}

/**
 * The hub's own instruments, some twenty with few series. OpenTelemetry's SDK would do, but is as much code as a
 * quarter of the hub, which every process loads and compiles.
 *
 * Callers give the attributes of a series in one order, and give values that suit the instrument.
 */
export class InternalMeter implements HubMeter {
  private readonly scope: ScopeMetrics['scope'];
  private readonly since: number;
  private readonly instruments: Instrument<number | Histogram>[] = [];

  /** @param since when observable counters began, in milliseconds since the epoch: their totals outlive a hub */
  constructor(scope: ScopeMetrics['scope'], since: number) {
    this.scope = scope;
    this.since = since;
  }

  createCounter(name: string, options: MetricOptions): Sum {
    return this.added(new Sum(headOf('counter', name, options)));
  }

  createUpDownCounter(name: string, options: MetricOptions): Sum {
    return this.added(new Sum(headOf('upDownCounter', name, options)));
  }

  createHistogram(name: string, options: MetricOptions): ExplicitHistogram {
    const boundaries = options.advice?.explicitBucketBoundaries ?? [];
    return this.added(new ExplicitHistogram(headOf('histogram', name, options), boundaries));
  }

  createObservableCounter(name: string, options: MetricOptions): Observable {
    return this.added(new Observable(headOf('observableCounter', name, options), this.since));
  }

  createObservableUpDownCounter(name: string, options: MetricOptions): Observable {
    return this.added(new Observable(headOf('observableUpDownCounter', name, options)));
  }

  createObservableGauge(name: string, options: MetricOptions): Observable {
    return this.added(new Observable(headOf('observableGauge', name, options)));
  }

  /** Runs the callbacks. A metric whose callback throws is left out. */
  collect(): { readonly scopeMetrics: ScopeMetrics[]; readonly errors: unknown[] } {
    const endTime = millisToHrTime(Date.now());
    const metrics: MetricData[] = [];
    const errors: unknown[] = [];
    for (const instrument of this.instruments) {
      try {
        const metric = instrument.collect(endTime);
        if (metric.dataPoints.length > 0) metrics.push(metric);
      } catch (error) {
        errors.push(error);
      }
    }
    return { scopeMetrics: metrics.length === 0 ? [] : [{ scope: this.scope, metrics }], errors };
  }

  private added<I extends Instrument<number | Histogram>>(instrument: I): I {
    this.instruments.push(instrument);
    return instrument;
  }
}

interface Series<T> {
  /** One object for the lifetime of the series: readers know the series by it. */
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  value: T;
}

const OVERFLOW: Attributes = { [OVERFLOW_ATTRIBUTE]: true };
const OVERFLOW_KEY = JSON.stringify(OVERFLOW);

abstract class Instrument<T> {
  protected series = new Map<string, Series<T>>();
  private readonly head: MetricHead;

  constructor(head: MetricHead) {
    this.head = head;
  }

  collect(endTime: HrTime): MetricData {
    const dataPoints = Array.from(
      this.series.values(),
      ({ attributes, startTime, value }): DataPoint<T> => ({ attributes, startTime, endTime, value }),
    );
    // The head says which kind of points these are.
    return { ...this.head, dataPoints } as MetricData;
  }

  /** @param create called for a new series */
  protected seriesOf(
    given: Attributes,
    create: (attributes: Attributes, key: string) => Series<T>,
  ): Series<T> {
    const givenKey = JSON.stringify(given);
    const known = this.series.get(givenKey);
    if (known !== undefined) return known;
    const isFull = this.series.size >= DEFAULT_SERIES_LIMIT - 1;
    const [attributes, key] = isFull ? [OVERFLOW, OVERFLOW_KEY] : [given, givenKey];
    const series = this.series.get(key) ?? create(attributes, key);
    this.series.set(key, series);
    return series;
  }
}

class Sum extends Instrument<number> {
  add(value: number, attributes: Attributes): void {
    this.seriesOf(attributes, startNow(0)).value += value;
  }
}

/** Values are immutable: collections hand them on. */
class ExplicitHistogram extends Instrument<Histogram> {
  private readonly boundaries: readonly number[];

  constructor(head: MetricHead, boundaries: readonly number[]) {
    super(head);
    this.boundaries = boundaries;
  }

  record(value: number, attributes: Attributes): void {
    const boundaries = [...this.boundaries];
    const counts = new Array<number>(boundaries.length + 1).fill(0);
    const empty = { min: value, max: value, sum: 0, count: 0, buckets: { boundaries, counts } };
    const series = this.seriesOf(attributes, startNow<Histogram>(empty));
    series.value = withValue(series.value, value);
  }
}

function withValue({ min, max, sum = 0, count, buckets }: Histogram, value: number): Histogram {
  const { boundaries } = buckets;
  const above = boundaries.findIndex((boundary) => value <= boundary);
  const at = above === -1 ? boundaries.length : above;
  return {
    min: Math.min(min ?? value, value),
    max: Math.max(max ?? value, value),
    sum: sum + value,
    count: count + 1,
    buckets: { boundaries, counts: buckets.counts.with(at, buckets.counts[at]! + 1) },
  };
}

function startNow<T>(value: T): (attributes: Attributes) => Series<T> {
  return (attributes) => ({ attributes, startTime: millisToHrTime(Date.now()), value });
}

/** Has the series that its callback reported last, and no others. */
class Observable extends Instrument<number> {
  private readonly since: number | undefined;
  private callback: (result: ObservedResult) => void = () => {};

  constructor(head: MetricHead, since?: number) {
    super(head);
    this.since = since;
  }

  addCallback(callback: (result: ObservedResult) => void): void {
    this.callback = callback;
  }

  override collect(endTime: HrTime): MetricData {
    const earlier = this.series;
    this.series = new Map();
    const startTime = this.since === undefined ? endTime : millisToHrTime(this.since);
    const create = (attributes: Attributes, key: string) =>
      earlier.get(key) ?? { attributes, startTime, value: 0 };
    this.callback({
      observe: (value, attributes) => {
        this.seriesOf(attributes, create).value = value;
      },
    });
    return super.collect(endTime);
  }
}
