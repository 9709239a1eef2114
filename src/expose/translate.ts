import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogramMetricData,
  type GaugeMetricData,
  type HistogramMetricData,
  type MetricData,
  type ResourceMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { addBuckets, type Buckets, classicBuckets, createBucketReader } from './buckets.ts';
import type { Family } from './families.ts';
import { FamilyList, type Samples } from './family-list.ts';
import { createLabellers, type Labeller, resourceLabels, type Scope } from './labels.ts';
import { familyName, type MetricKind, unitName } from './names.ts';

export type Translate = (resourceMetrics: ResourceMetrics) => Family[];

/**
 * Makes the translation of OpenTelemetry metrics to Prometheus families: "OTLP Metric points to
 * Prometheus" in the OpenTelemetry specification's compatibility/prometheus_and_openmetrics.md. Its
 * result depends on its argument alone; what it keeps from call to call is the labels that it made.
 */
export function createTranslate(options: {
  /** Labels that name a metric's instrumentation scope; the specification wants them by default. */
  readonly scopeLabels: boolean;
  /** Called in every translation for each thing that cannot be served as it was given. */
  readonly warn: (message: string) => void;
}): Translate {
  const { warn } = options;
  const labellerOf = createLabellers(options);

  function addMetric(list: FamilyList, metric: MetricData, scope: Scope): void {
    if (metric.dataPoints.length === 0) return;
    const kind = kindOf(metric);
    const { name: givenName, description: help, unit } = metric.descriptor;
    const description = `${kind} "${givenName}" of scope "${scope.name}"`;
    const name = familyName(givenName, unit, kind);
    if (name === undefined) {
      warn(`${description} is not served: nothing of its name can be written in a Prometheus name`);
      return;
    }
    if (kind !== 'gauge' && metric.aggregationTemporality === AggregationTemporality.DELTA) {
      warn(`${description} is not served: it has delta temporality, and Prometheus needs cumulative values`);
      return;
    }
    const claim = { name, help, unit: unitName(unit), metric: description };
    const labelsOf = labellerOf(scope, kind === 'histogram');
    if (metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE) {
      const samples = list.numbers({ ...claim, type: kind === 'counter' ? 'counter' : 'gauge' });
      if (samples !== undefined) addNumbers(samples, metric, labelsOf);
    } else {
      const samples = list.histograms({ ...claim, type: 'histogram' });
      if (samples !== undefined) {
        addHistograms(samples, metric, labelsOf, () => {
          warn(`a series of ${description} is not served: another has the same labels and other buckets`);
        });
      }
    }
  }

  return ({ resource, scopeMetrics }) => {
    const list = new FamilyList(warn);
    addTargetInfo(list, resource);
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) addMetric(list, metric, scope);
    }
    return list.families();
  };
}

/** "Resource Attributes": an info metric, unless the resource is empty. */
function addTargetInfo(list: FamilyList, resource: ResourceMetrics['resource']): void {
  const labels = resourceLabels(resource.attributes);
  if (labels.pairs.length === 0) return;
  const head = { name: 'target_info', help: 'Target metadata', unit: '', metric: 'the resource' };
  list.numbers({ ...head, type: 'info' })?.add(labels, 1, later);
}

function addNumbers(
  samples: Samples<number>,
  metric: SumMetricData | GaugeMetricData,
  labelsOf: Labeller,
): void {
  const merge = metric.dataPointType === DataPointType.SUM ? sum : later;
  for (const { attributes, value } of metric.dataPoints) samples.add(labelsOf(attributes), value, merge);
}

/** Exponential histograms become classic ones here, for as long as no format can carry them. */
function addHistograms(
  samples: Samples<Buckets>,
  metric: HistogramMetricData | ExponentialHistogramMetricData,
  labelsOf: Labeller,
  refused: () => void,
): void {
  const merge = (earlier: Buckets, later: Buckets) => {
    const both = addBuckets(earlier, later);
    if (both === undefined) refused();
    return both ?? earlier;
  };
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    const read = createBucketReader();
    for (const { attributes, value } of metric.dataPoints)
      samples.add(labelsOf(attributes), read(value), merge);
  } else {
    for (const { attributes, value } of metric.dataPoints) {
      samples.add(labelsOf(attributes), classicBuckets(value), merge);
    }
  }
}

function kindOf(metric: MetricData): MetricKind {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'upDownCounter';
  return 'histogram';
}

function sum(earlier: number, later: number): number {
  return earlier + later;
}

function later(_: number, later: number): number {
  return later;
}
