import type { Histogram, MetricData, MetricDescriptor, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { areEqual } from './boundaries.ts';
import { exemplarsOf, type PointWithExemplars, youngestOfEachBucket } from './exemplars.ts';
import { onBoundaries } from './explicit-histogram.ts';

/** A descriptor of a histogram that pitot records in more buckets than external readers get. */
interface ServedDescriptor extends MetricDescriptor {
  /** The boundaries that readers get, some of those of the points. */
  readonly boundaries?: readonly number[];
}

/**
 * The metrics for external readers: histograms with the boundaries of the conventions. pitot records its durations in
 * finer buckets, from which its page computes quantiles. Counts and sums stay the same.
 */
export function served(metrics: ResourceMetrics): ResourceMetrics {
  const scopeMetrics = metrics.scopeMetrics.map((scope) => ({
    ...scope,
    metrics: scope.metrics.map(servedMetric),
  }));
  return { ...metrics, scopeMetrics };
}

function servedMetric(metric: MetricData): MetricData {
  const { boundaries: chosen, ...descriptor }: ServedDescriptor = metric.descriptor;
  if (chosen === undefined || metric.dataPointType !== DataPointType.HISTOGRAM) return metric;
  const boundaries = [...chosen];
  return {
    ...metric,
    descriptor,
    dataPoints: metric.dataPoints.map((point) => servedPoint(point, boundaries)),
  };
}

function servedPoint(
  point: PointWithExemplars<Histogram>,
  boundaries: number[],
): PointWithExemplars<Histogram> {
  const { value } = point;
  const own = value.buckets.boundaries;
  // Another release of the application may have recorded other boundaries. The merged histogram has the common ones.
  if (areEqual(own, boundaries) || !boundaries.every((boundary) => own.includes(boundary))) return point;
  const exemplars = youngestOfEachBucket(exemplarsOf(point), boundaries);
  return { ...point, value: onBoundaries(value, boundaries), ...(exemplars.length > 0 && { exemplars }) };
}
