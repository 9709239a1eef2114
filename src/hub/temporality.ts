import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type AggregationTemporalitySelector,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { type ExemplifiedPoint, exemplarsOf } from './exemplars.ts';
import { subtractExponential } from './exponential.ts';
import type { InstrumentDescriptor } from './snapshot.ts';

/** The state of a series when it was last reported. */
interface Reported<T> {
  readonly value: T;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/**
 * Gives a push reader the temporality it prefers. Cells are cumulative; for instruments that the reader
 * wants as delta, what it was given before is subtracted, and series without change are left out.
 * (Metrics data model, "Sums": a delta point covers the time since the last one.)
 */
export class TemporalityProducer implements MetricProducer {
  private readonly source: MetricProducer;
  private readonly select: AggregationTemporalitySelector;
  /** By the series' attributes object, of which there is one for its lifetime. */
  private readonly sums = new WeakMap<Attributes, Reported<number>>();
  private readonly histograms = new WeakMap<Attributes, Reported<Histogram>>();
  private readonly exponentials = new WeakMap<Attributes, Reported<ExponentialHistogram>>();

  constructor(source: MetricProducer, select: AggregationTemporalitySelector) {
    this.source = source;
    this.select = select;
  }

  async collect(): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await this.source.collect();
    const scopeMetrics = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => {
      const converted = metrics.flatMap((metric) => this.convert(metric));
      return converted.length === 0 ? [] : [{ scope, metrics: converted }];
    });
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }

  private convert(metric: MetricData): MetricData[] {
    const { type } = metric.descriptor as InstrumentDescriptor;
    if (this.select(type) === AggregationTemporality.CUMULATIVE) return [metric];
    const aggregationTemporality = AggregationTemporality.DELTA;
    switch (metric.dataPointType) {
      case DataPointType.SUM: {
        const dataPoints = metric.dataPoints.flatMap((point) => deltaOf(point, this.sums, subtractSum));
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      case DataPointType.HISTOGRAM: {
        const dataPoints = metric.dataPoints.flatMap((point) =>
          deltaOf(point, this.histograms, subtractHistogram),
        );
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      case DataPointType.EXPONENTIAL_HISTOGRAM: {
        const dataPoints = metric.dataPoints.flatMap((point) =>
          deltaOf(point, this.exponentials, subtractExponential),
        );
        return dataPoints.length === 0 ? [] : [{ ...metric, aggregationTemporality, dataPoints }];
      }
      default:
        return [{ ...metric, aggregationTemporality }];
    }
  }
}

/** The change of a series since it was last reported, as a list of one point or, without change, of none. */
function deltaOf<T>(
  point: DataPoint<T>,
  reported: WeakMap<Attributes, Reported<T>>,
  subtract: (now: T, before: T) => T | undefined,
): ExemplifiedPoint<T>[] {
  const before = reported.get(point.attributes);
  reported.set(point.attributes, point);
  // A series that began anew since (a counter that was reset) is reported from its new start.
  const isContinued =
    before !== undefined &&
    before.startTime[0] === point.startTime[0] &&
    before.startTime[1] === point.startTime[1];
  if (!isContinued) return [point];
  const value = subtract(point.value, before.value);
  if (value === undefined) return [];
  // Exemplars belong to the time that the point covers. (SDK specification, "ExemplarReservoir")
  const startTime = before.endTime;
  const exemplars = exemplarsOf(point).filter(({ timestamp }) => !isEarlier(timestamp, startTime));
  const { attributes, endTime } = point;
  return [{ attributes, startTime, endTime, value, ...(exemplars.length === 0 ? {} : { exemplars }) }];
}

function isEarlier(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
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
