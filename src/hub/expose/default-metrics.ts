import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { DefaultMetrics } from '../../config/settings/endpoint.ts';
import { Merger } from '../../model/merge.ts';
import { PROM_CLIENT_METRICS, type PromClientMetric } from './prom-client-names.ts';

/** Scopes of pitot's automatic sources. */
const OWN_SCOPE = /^pitot\/(?!instruments$)/;

/** prom-client's series have no labels for a scope, and neither does a scope without a name. */
const NO_SCOPE = { name: '', version: '' };

/** Metrics of pitot's whose Prometheus name is prom-client's own. */
const SAME_NAMES = new Map(
  PROM_CLIENT_METRICS.filter(({ name, from }) => name === from || from === 'process.start_time').map(
    ({ name, from }) => [from, name],
  ),
);

/**
 * Gives the metrics of process and runtime the names that PITOT_DEFAULT_METRICS chooses. A metric under one of
 * prom-client's names that the application has itself, as with a bridged registry, takes the place of pitot's.
 *
 * @returns a function of a snapshot. Equal series have the same attributes object in all its results.
 */
export function createDefaultMetrics(choice: DefaultMetrics): (metrics: ResourceMetrics) => ResourceMetrics {
  const merger = new Merger({});
  const relabelled = PROM_CLIENT_METRICS.map((wanted) => ({
    wanted,
    labels: new WeakMap<Attributes, Attributes>(),
  }));

  function computed(own: ReadonlyMap<string, MetricData>, taken: ReadonlySet<string>): ScopeMetrics[] {
    const metrics = relabelled.flatMap(({ wanted, labels }) => {
      const metric = taken.has(wanted.name) ? undefined : own.get(wanted.from);
      return metric === undefined ? [] : [renamed(metric, wanted, labels)];
    });
    if (metrics.length === 0) return [];
    if (!taken.has(VERSION_INFO.descriptor.name)) metrics.push(VERSION_INFO);
    return merger.merge([{ scopeMetrics: [{ scope: NO_SCOPE, metrics }] }], ANY_TIME);
  }

  return (resourceMetrics) => {
    const { scopeMetrics } = resourceMetrics;
    const isOwn = ({ scope }: ScopeMetrics) => OWN_SCOPE.test(scope.name);
    const own = new Map(scopeMetrics.filter(isOwn).flatMap(named));
    const taken = new Set(
      scopeMetrics
        .filter((one) => !isOwn(one))
        .flatMap(named)
        .map(([name]) => name),
    );
    const stays = ({ descriptor: { name } }: MetricData) => {
      if (choice === 'opentelemetry') return !taken.has(SAME_NAMES.get(name) ?? '');
      return choice === 'both' ? !SAME_NAMES.has(name) : !REPLACED.has(name);
    };
    const kept = scopeMetrics.map((one) =>
      isOwn(one) ? { ...one, metrics: one.metrics.filter(stays) } : one,
    );
    const added = choice === 'opentelemetry' ? [] : computed(own, taken);
    return { ...resourceMetrics, scopeMetrics: [...kept, ...added] };
  };
}

const REPLACED = new Set(PROM_CLIENT_METRICS.map(({ from }) => from));

/** The endpoint does not use the time of points. */
const ANY_TIME: HrTime = [0, 0];

/** The version of this process; the processes of a cluster all run the same one. */
const VERSION_INFO: MetricData = {
  descriptor: {
    name: 'nodejs_version_info',
    description: 'Node.js version info.',
    unit: '',
    valueType: ValueType.INT,
  },
  aggregationTemporality: AggregationTemporality.CUMULATIVE,
  dataPointType: DataPointType.GAUGE,
  dataPoints: [
    { startTime: ANY_TIME, endTime: ANY_TIME, attributes: versionLabels(process.version), value: 1 },
  ],
};

function versionLabels(version: string): Attributes {
  const [major = '', minor = '', patch = ''] = version.slice(1).split('.');
  return { version, major, minor, patch: String(Number(patch)) };
}

function named({ metrics }: ScopeMetrics): (readonly [string, MetricData])[] {
  return metrics.map((metric) => [metric.descriptor.name, metric]);
}

function renamed(
  metric: MetricData,
  { name, help, labels, isTotal, boundaries }: PromClientMetric,
  known: WeakMap<Attributes, Attributes>,
): MetricData {
  const points: readonly DataPoint<unknown>[] = metric.dataPoints;
  const dataPoints = points.flatMap((point) => {
    const made = labels(point.attributes, point.value);
    if (made === undefined) return [];
    const attributes = known.get(point.attributes) ?? made;
    known.set(point.attributes, attributes);
    return [{ ...point, attributes }];
  });
  const { valueType } = metric.descriptor;
  const descriptor = { name, description: help, unit: '', valueType, ...(boundaries && { boundaries }) };
  // The points still have values of the metric's kind.
  const result = { ...metric, descriptor, dataPoints } as MetricData;
  if (isTotal && result.dataPointType === DataPointType.GAUGE) {
    return { ...result, dataPointType: DataPointType.SUM, isMonotonic: false };
  }
  return result;
}
