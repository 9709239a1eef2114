import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { isEarlier } from '../../base/hr-time.ts';
import { AttributeKeys } from '../../model/attribute-keys.ts';
import { exemplarsOf, type PointWithExemplars } from '../../model/exemplars.ts';
import { subtractHistograms } from '../../model/explicit-histogram.ts';
import { subtractExponentialHistograms } from '../../model/exponential-histogram.ts';
import { withoutInterval } from '../../model/histogram-summary.ts';
import { isObservedHistogram, metricKey, scopeKey } from '../../model/metric-key.ts';
import type { InstrumentDescriptor } from './metric-head.ts';

/** The total of a series when it was last reported. */
interface Reported<T = unknown> {
  readonly value: T;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  /** The next total was lower, although the series had not begun anew. */
  readonly hasFallen?: true;
}

/** The last reported values of all series. Plain data, by keys that the next hub has too. */
export type Baseline = readonly (readonly [
  metric: string,
  series: readonly (readonly [attributes: string, reported: Reported])[],
])[];

export interface TemporalityOptions {
  /** Where an earlier producer stopped. */
  readonly baseline?: Baseline | undefined;
  /** Called before each collection of differences: it ends the intervals of histograms' minimum and maximum. */
  readonly endIntervals?: () => void;
}

/**
 * Gives a push reader the temporality that it prefers. Totals come from the cells; where the reader prefers
 * differences ("delta"), this subtracts the earlier values, and leaves out series without a change.
 * (Metrics data model, "Sums": a delta point covers the time since the last one.)
 */
export class TemporalityProducer implements MetricProducer {
  private readonly source: MetricProducer;
  private readonly select: AggregationTemporalitySelector;
  private readonly endIntervals: (() => void) | undefined;
  private readonly metrics = new Map<string, ReportedMetric>();
  private readonly keys = new AttributeKeys();

  constructor(
    source: MetricProducer,
    select: AggregationTemporalitySelector,
    { baseline = [], endIntervals }: TemporalityOptions = {},
  ) {
    this.source = source;
    this.select = select;
    this.endIntervals = endIntervals;
    for (const [key, series] of baseline) {
      this.metrics.set(key, new ReportedMetric(this.keys, series));
    }
  }

  /** As of the last collection. A producer that begins with it continues where this one is. */
  get baseline(): Baseline {
    return Array.from(this.metrics, ([key, metric]) => [key, metric.baseline()]);
  }

  async collect(): Promise<CollectionResult> {
    this.endIntervals?.();
    const { resourceMetrics, errors } = await this.source.collect();
    for (const metric of this.metrics.values()) metric.points = [];
    const scopeMetrics = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => {
      const converted = metrics.flatMap((metric) => {
        if (!this.isDelta(metric)) return [metric];
        const difference = differenceOf(metric, this.reported(`${scopeKey(scope)}${metricKey(metric)}`));
        return difference.dataPoints.length === 0 ? [] : [difference];
      });
      return converted.length === 0 ? [] : [{ scope, metrics: converted }];
    });
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }

  private isDelta({ descriptor, dataPointType }: MetricData): boolean {
    const { type } = descriptor as InstrumentDescriptor;
    return dataPointType !== DataPointType.GAUGE && this.select(type) === AggregationTemporality.DELTA;
  }

  private reported(key: string): ReportedMetric {
    let metric = this.metrics.get(key);
    if (metric === undefined) {
      metric = new ReportedMetric(this.keys, []);
      this.metrics.set(key, metric);
    }
    return metric;
  }
}

/** The last reported values of one metric's series. */
class ReportedMetric {
  /** The points of the last collection. */
  points: readonly DataPoint<unknown>[] = [];
  private readonly keys: AttributeKeys;
  /** By the attributes object: a series has one for its lifetime. */
  private readonly series = new WeakMap<Attributes, Reported>();
  /** By the attributes' key: what an earlier hub reported, until the series is seen for the first time. */
  private readonly earlier: Map<string, Reported>;

  constructor(keys: AttributeKeys, earlier: readonly (readonly [attributes: string, reported: Reported])[]) {
    this.keys = keys;
    this.earlier = new Map(earlier);
  }

  get(attributes: Attributes): Reported | undefined {
    const reported = this.series.get(attributes);
    if (reported !== undefined || this.earlier.size === 0) return reported;
    const key = this.keys.of(attributes);
    const earlier = this.earlier.get(key);
    this.earlier.delete(key);
    return earlier;
  }

  set(attributes: Attributes, { value, startTime, endTime, hasFallen }: Reported): void {
    // Without exemplars, which belong to a time that has been reported.
    this.series.set(attributes, { value, startTime, endTime, ...(hasFallen && { hasFallen }) });
  }

  /** A series of an earlier hub that this one has not seen may still come, so it is part of it. */
  baseline(): Baseline[number][1] {
    const seen = this.points.flatMap(({ attributes }) => {
      const reported = this.series.get(attributes);
      return reported === undefined ? [] : [[this.keys.of(attributes), reported] as const];
    });
    return [...seen, ...this.earlier];
  }
}

function differenceOf(metric: MetricData, reported: ReportedMetric): MetricData {
  const aggregationTemporality = AggregationTemporality.DELTA;
  reported.points = [...reported.points, ...metric.dataPoints];
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return { ...metric, aggregationTemporality, dataPoints: differences(metric, reported, subtractSums) };
    case DataPointType.HISTOGRAM:
      return {
        ...metric,
        aggregationTemporality,
        dataPoints: differences(metric, reported, subtractHistograms),
      };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return {
        ...metric,
        aggregationTemporality,
        dataPoints: differences(metric, reported, subtractExponentialHistograms),
      };
    case DataPointType.GAUGE:
      return metric;
  }
}

/** The changes of all series since they were last reported. */
function differences<T>(
  metric: MetricData & { readonly dataPoints: readonly DataPoint<T>[] },
  reported: ReportedMetric,
  subtract: Subtract<T>,
): PointWithExemplars<T>[] {
  return metric.dataPoints.flatMap((point) => {
    // A metric's key says of what kind its values are.
    const before = reported.get(point.attributes) as Reported<T> | undefined;
    if (before === undefined && beginsUnknown(metric, point)) {
      reported.set(point.attributes, point);
      return [];
    }
    if (before !== undefined && !canFall(metric) && hasFallen(point, before)) {
      // The total is one of several threads, and a new hub may not have found all of them yet: wait once. A total
      // that stays lower has lost a series forever. Go on from there, since a difference cannot be negative.
      reported.set(point.attributes, before.hasFallen ? point : { ...before, hasFallen: true });
      return [];
    }
    reported.set(point.attributes, point);
    const difference = since(before, point, subtract);
    return difference === undefined ? [] : [difference];
  });
}

/**
 * Whether this is a total from before the process began, which is kept elsewhere: a receiver may have it already, so
 * that differences begin with it. (Metrics data model, "Cumulative streams: handling unknown start time")
 */
function beginsUnknown(
  metric: MetricData,
  { startTime: [seconds, nanoseconds] }: DataPoint<unknown>,
): boolean {
  return seconds === 0 && nanoseconds === 0 && isObservedHistogram(metric);
}

/** `undefined` when nothing was recorded, or the later total is of a kind from which nothing can be subtracted. */
type Subtract<T> = (now: T, before: T) => T | undefined;

function since<T>(
  before: Reported<T> | undefined,
  point: DataPoint<T>,
  subtract: Subtract<T>,
): PointWithExemplars<T> | undefined {
  // A series that is new or began anew (a counter that was reset) is reported from its start. A total that begins
  // earlier than before is made of several threads, and an older one has joined.
  if (before === undefined || isEarlier(before.startTime, point.startTime)) {
    return { ...point, value: withoutInterval(point.value) };
  }
  const value = subtract(point.value, before.value);
  if (value === undefined) return undefined;
  const { attributes, endTime } = point;
  const startTime = before.endTime;
  // Exemplars belong to the time that the point covers. (Metrics SDK specification, "ExemplarReservoir")
  const exemplars = exemplarsOf(point).filter(({ timestamp }) => !isEarlier(timestamp, startTime));
  return { attributes, startTime, endTime, value, ...(exemplars.length === 0 ? {} : { exemplars }) };
}

/** Whether its totals go down as well as up: those of up-down counters do. */
function canFall(metric: MetricData): boolean {
  return metric.dataPointType === DataPointType.SUM && !metric.isMonotonic;
}

/** Whether the total is lower than before, although the series has not begun anew. */
function hasFallen(now: Reported, before: Reported): boolean {
  return !isEarlier(before.startTime, now.startTime) && amountOf(now.value) < amountOf(before.value);
}

/** The value of a sum, or the count of a histogram. */
function amountOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'count' in value
    ? Number(value.count)
    : Number(value);
}

function subtractSums(now: number, before: number): number | undefined {
  return now === before ? undefined : now - before;
}
