import type { Histogram, MetricData, MetricDescriptor, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { areAscending, areEqual } from '../../model/boundaries.ts';
import { histogramOf } from '../../model/cell-values.ts';
import { exemplarsOf, type PointWithExemplars, youngestOfEachBucket } from '../../model/exemplars.ts';
import { onBoundaries } from '../../model/explicit-histogram.ts';
import { EXPLICIT_BUCKETS } from '../../model/protocol.ts';
import { type Columns, columnsOf, withColumns } from './columns.ts';

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
  const columns = columnsOf(metric);
  if (columns !== undefined && areAscending(boundaries)) {
    const { aggregationTemporality, dataPointType } = metric;
    const chosenColumns = servedColumns(columns, boundaries);
    const bounds = [...(chosenColumns.boundaries ?? [])];
    const head = { descriptor, aggregationTemporality, dataPointType };
    return withColumns(metric, head, chosenColumns, (run) => histogramOf(run, bounds));
  }
  return {
    ...metric,
    descriptor,
    dataPoints: metric.dataPoints.map((point) => servedPoint(point, boundaries)),
  };
}

/** As {@link servedPoint}, for all series. */
function servedColumns(columns: Columns, boundaries: readonly number[]): Columns {
  const { attributes, cells, width, boundaries: own = [] } = columns;
  if (!areReduced(own, boundaries)) return columns;
  const servedWidth = EXPLICIT_BUCKETS + boundaries.length + 1;
  const reduced = new Float64Array(attributes.length * servedWidth);
  // The served bucket of each own one.
  let bucket = 0;
  const buckets = own.map((boundary) => (boundary === boundaries[bucket] ? bucket++ : bucket));
  buckets.push(bucket);
  for (let i = 0; i < attributes.length; i++) {
    const [from, to] = [i * width, i * servedWidth];
    for (let cell = 0; cell < EXPLICIT_BUCKETS; cell++) reduced[to + cell] = cells[from + cell]!;
    for (let j = 0; j < buckets.length; j++) {
      reduced[to + EXPLICIT_BUCKETS + buckets[j]!]! += cells[from + EXPLICIT_BUCKETS + j]!;
    }
  }
  return { attributes, cells: reduced, width: servedWidth, boundaries };
}

/** Another release of the application may have recorded other boundaries. The merged histogram has the common ones. */
function areReduced(own: readonly number[], boundaries: readonly number[]): boolean {
  return !areEqual(own, boundaries) && boundaries.every((boundary) => own.includes(boundary));
}

function servedPoint(
  point: PointWithExemplars<Histogram>,
  boundaries: number[],
): PointWithExemplars<Histogram> {
  const { value } = point;
  if (!areReduced(value.buckets.boundaries, boundaries)) return point;
  const exemplars = youngestOfEachBucket(exemplarsOf(point), boundaries);
  return { ...point, value: onBoundaries(value, boundaries), ...(exemplars.length > 0 && { exemplars }) };
}
