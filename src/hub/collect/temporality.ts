import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { isEarlier } from '../../base/hr-time.ts';
import { AttributeKeys } from '../../model/attribute-keys.ts';
import { exemplarsOf, type PointWithExemplars } from '../../model/exemplars.ts';
import { subtractExponentialHistograms } from '../../model/exponential-histogram.ts';
import { metricKey, scopeKey } from '../../model/metric-key.ts';
import type { InstrumentDescriptor } from './snapshot.ts';

/** The state of a series when it was last reported. */
interface Reported<T = unknown> {
  readonly value: T;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  /** The latest total was lower, without having begun anew. */
  readonly isShort?: true;
}

/** The series of one metric by their attributes object, of which there is one for a series' lifetime. */
interface ReportedMetric {
  readonly series: WeakMap<Attributes, Reported>;
  /** By the attributes' keys: what an earlier hub had reported, until the series is seen for the first time. */
  readonly remembered: Map<string, Reported>;
}

/** What all series were when they were last reported: plain data, by keys that are the same in the next hub. */
export type Baseline = readonly (readonly [
  metric: string,
  series: readonly (readonly [attributes: string, reported: Reported])[],
])[];

/**
 * Gives a push reader the temporality it prefers. Cells are cumulative; for instruments that the reader
 * wants as delta, what it was given before is subtracted, and series without change are left out.
 * (Metrics data model, "Sums": a delta point covers the time since the last one.)
 */
export class TemporalityProducer implements MetricProducer {
  private readonly source: MetricProducer;
  private readonly select: AggregationTemporalitySelector;
  private readonly metrics = new Map<string, ReportedMetric>();
  private readonly keys = new AttributeKeys();
  /** The points of the last collection, by metric. */
  private latest: ReadonlyMap<string, readonly DataPoint<unknown>[]> = new Map();

  /** @param baseline what an earlier producer had reported last */
  constructor(source: MetricProducer, select: AggregationTemporalitySelector, baseline: Baseline = []) {
    this.source = source;
    this.select = select;
    for (const [key, series] of baseline) {
      this.metrics.set(key, { series: new WeakMap(), remembered: new Map(series) });
    }
  }

  /** As of the last collection: a producer that is given it goes on where this one is. */
  get baseline(): Baseline {
    return Array.from(this.metrics, ([metric, { series, remembered }]) => {
      const seen = (this.latest.get(metric) ?? []).flatMap(({ attributes }) => {
        const reported = series.get(attributes);
        return reported === undefined ? [] : [[this.keys.of(attributes), plain(reported)] as const];
      });
      // What an earlier hub had reported and this one has not seen may still come.
      return [metric, [...seen, ...remembered]];
    });
  }

  async collect(): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await this.source.collect();
    const latest = new Map<string, readonly DataPoint<unknown>[]>();
    const scopeMetrics = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => {
      const converted = metrics.flatMap((metric) => {
        if (!this.isDelta(metric)) return [metric];
        const key = JSON.stringify([scopeKey(scope), metricKey(metric)]);
        latest.set(key, [...(latest.get(key) ?? []), ...metric.dataPoints]);
        return this.convert(metric, this.reportedOf(key));
      });
      return converted.length === 0 ? [] : [{ scope, metrics: converted }];
    });
    this.latest = latest;
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }

  private isDelta({ descriptor, dataPointType }: MetricData): boolean {
    const { type } = descriptor as InstrumentDescriptor;
    return dataPointType !== DataPointType.GAUGE && this.select(type) === AggregationTemporality.DELTA;
  }

  private reportedOf(key: string): ReportedMetric {
    let reported = this.metrics.get(key);
    if (reported === undefined) {
      reported = { series: new WeakMap(), remembered: new Map() };
      this.metrics.set(key, reported);
    }
    return reported;
  }

  private convert(metric: MetricData, reported: ReportedMetric): MetricData[] {
    const aggregationTemporality = AggregationTemporality.DELTA;
    switch (metric.dataPointType) {
      case DataPointType.SUM: {
        const dataPoints = metric.dataPoints.flatMap((point) => this.deltaOf(point, reported, subtractSum));
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      case DataPointType.HISTOGRAM: {
        const dataPoints = metric.dataPoints.flatMap((point) =>
          this.deltaOf(point, reported, subtractHistogram),
        );
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      case DataPointType.EXPONENTIAL_HISTOGRAM: {
        const dataPoints = metric.dataPoints.flatMap((point) =>
          this.deltaOf(point, reported, subtractExponentialHistograms),
        );
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      default:
        return [metric];
    }
  }

  /** The change of a series since it was last reported, as a list of one point or, without change, of none. */
  private deltaOf<T>(
    point: DataPoint<T>,
    reported: ReportedMetric,
    subtract: (now: T, before: T) => T | undefined,
  ): PointWithExemplars<T>[] {
    const before = this.take(point.attributes, reported);
    // Only what never falls is made differences of. A total that is lower is one of several threads, not all
    // of which a new hub has found yet: it waits once. What is lower then stays so, and is gone on from there.
    if (before !== undefined && before.isShort === undefined && isShort(point, before)) {
      reported.series.set(point.attributes, { ...before, isShort: true });
      return [];
    }
    reported.series.set(point.attributes, point);
    // A series that began anew since (a counter that was reset) is reported from its new start. One that
    // begins earlier than before is made of several, and one more that is older has joined.
    if (before === undefined || isEarlier(before.startTime, point.startTime)) return [point];
    if (isShort(point, before)) return [];
    // A metric's key says of what kind its values are.
    const value = subtract(point.value, before.value as T);
    if (value === undefined) return [];
    // Exemplars belong to the time that the point covers. (SDK specification, "ExemplarReservoir")
    const startTime = before.endTime;
    const exemplars = exemplarsOf(point).filter(({ timestamp }) => !isEarlier(timestamp, startTime));
    const { attributes, endTime } = point;
    return [{ attributes, startTime, endTime, value, ...(exemplars.length === 0 ? {} : { exemplars }) }];
  }

  private take(attributes: Attributes, { series, remembered }: ReportedMetric): Reported | undefined {
    const before = series.get(attributes);
    if (before !== undefined || remembered.size === 0) return before;
    const key = this.keys.of(attributes);
    const earlier = remembered.get(key);
    remembered.delete(key);
    return earlier;
  }
}

/** Without exemplars, which belong to a time that has been reported. */
function plain({ value, startTime, endTime }: Reported): Reported {
  return { value, startTime, endTime };
}

/** Whether the total is lower than before, although it has not begun anew. */
function isShort(now: Reported, before: Reported): boolean {
  return !isEarlier(before.startTime, now.startTime) && amountOf(now.value) < amountOf(before.value);
}

/** The value of a sum, or the count of a histogram. */
function amountOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'count' in value
    ? Number(value.count)
    : Number(value);
}

function subtractSum(now: number, before: number): number | undefined {
  return now === before ? undefined : now - before;
}

/** A delta histogram has no minimum and maximum: those of the interval are not known. */
function subtractHistogram(now: Histogram, before: Histogram): Histogram | undefined {
  if (now.count === before.count) return undefined;
  return {
    sum: (now.sum ?? 0) - (before.sum ?? 0),
    count: now.count - before.count,
    buckets: {
      boundaries: now.buckets.boundaries,
      counts: now.buckets.counts.map((count, i) => count - (before.buckets.counts[i] ?? 0)),
    },
  };
}
