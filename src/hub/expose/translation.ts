import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type ExponentialHistogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { addExponentialHistograms } from '../../model/exponential-histogram.ts';
import type { MetricKind } from '../../naming/names.ts';
import { unitName } from '../../naming/names.ts';
import type { Naming } from '../../naming/naming.ts';
import { columnsOf, countPoints } from '../collect/columns.ts';
import { addBuckets, createBucketReader, type Distribution } from './buckets.ts';
import { sampleExemplars } from './exemplars.ts';
import { classicBoundaries, ExponentialDistribution } from './exponential.ts';
import { distributionAt, type Family, numberAt, SampleColumns, started, type ValueAt } from './families.ts';
import { FamilyList, type LabelCaches, type Samples } from './family-list.ts';
import type { Scope } from './label-columns.ts';
import { createLabelMaker } from './labels.ts';

export interface TranslationOptions {
  readonly naming: Naming;
  /** Whether series have labels for their metric's instrumentation scope. The specification wants them by default. */
  readonly scopeLabels: boolean;
  /** Called in every translation, for each value that pitot cannot serve unchanged. */
  readonly warn: (message: string) => void;
}

/** Points that are translated without yielding, which takes a fraction of a millisecond. */
const POINTS_PER_PIECE = 1000;

/**
 * OpenTelemetry metrics as Prometheus families: "OTLP Metric points to Prometheus" in the OpenTelemetry
 * specification's compatibility/prometheus_and_openmetrics.md. The work comes in pieces, so that the caller can
 * yield to the event loop in between. One translation must end before the next begins.
 */
export class Translation {
  readonly #options: TranslationOptions;
  /** Labels of earlier runs. */
  #caches: LabelCaches = new Map();

  constructor(options: TranslationOptions) {
    this.#options = options;
  }

  *run({ resource, scopeMetrics }: ResourceMetrics): Generator<undefined, Family[]> {
    const list = new FamilyList(this.#caches, this.#options.warn);
    this.#addTargetInfo(list, resource);
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) yield* this.#addMetric(list, metric, scope);
    }
    this.#caches = list.caches();
    return list.families();
  }

  /** "Resource Attributes": an info metric, unless the resource is empty. */
  #addTargetInfo(list: FamilyList, { attributes }: ResourceMetrics['resource']): void {
    const makeLabels = createLabelMaker(this.#options.naming, {
      scope: undefined,
      isHistogram: false,
      joined: this.#warnOfJoined('the resource'),
    });
    const labels = makeLabels(attributes);
    if (labels.text === '') return;
    const names = { name: 'target_info', given: 'target_info', metric: 'the resource' };
    const head = { ...names, help: 'Target metadata', unit: '' };
    list.numbers({ ...head, type: 'info' })?.add({ labels, ...UNCOUNTED }, later);
  }

  *#addMetric(list: FamilyList, metric: MetricData, scope: Scope): Generator<undefined> {
    if (countPoints(metric) === 0) return;
    const { naming, warn } = this.#options;
    const kind = kindOf(metric);
    const { name: givenName, description: help, unit } = metric.descriptor;
    const description = `${kind} "${givenName}" of scope "${scope.name}"`;
    const name = naming.family(givenName, unit, kind);
    if (name === undefined) {
      warn(`${description} is not served: nothing of its name can be written in a Prometheus name`);
      return;
    }
    if (kind !== 'gauge' && metric.aggregationTemporality === AggregationTemporality.DELTA) {
      warn(`${description} is not served: it has delta temporality, and Prometheus needs cumulative values`);
      return;
    }
    const request = { name, help, unit: unitName(unit), given: givenName, metric: description };
    const origin = { scope, name: givenName, description };
    const merge = mergeDistributions(() => {
      warn(`a series of ${description} is not served: another has the same labels and other buckets`);
    });
    switch (metric.dataPointType) {
      case DataPointType.SUM: {
        const isCounted = kind === 'counter';
        const samples = list.numbers({ ...request, type: isCounted ? 'counter' : 'gauge' });
        const reading = { ...NUMBERS, isCounted, merge: sum };
        yield* this.#add(samples, metric, origin, reading);
        break;
      }
      case DataPointType.GAUGE: {
        const samples = list.numbers({ ...request, type: 'gauge' });
        const reading = { ...NUMBERS, isCounted: false, merge: later };
        yield* this.#add(samples, metric, origin, reading);
        break;
      }
      case DataPointType.HISTOGRAM: {
        const samples = list.histograms({ ...request, type: 'histogram' });
        const reading = { ...HISTOGRAMS, read: createBucketReader(), merge, valueAt: distributionAt };
        yield* this.#add(samples, metric, origin, reading);
        break;
      }
      case DataPointType.EXPONENTIAL_HISTOGRAM: {
        const samples = list.histograms({ ...request, type: 'histogram' });
        const boundaries = classicBoundaries(metric.descriptor);
        const read = (value: ExponentialHistogram) => new ExponentialDistribution(value, boundaries);
        const reading = { ...HISTOGRAMS, read, merge };
        yield* this.#add(samples, metric, origin, reading);
        break;
      }
    }
  }

  #warnOfJoined(metric: string): (label: string, keys: readonly string[]) => void {
    return (label, keys) => {
      const quoted = keys.map((key) => JSON.stringify(key)).join(' and ');
      this.#options.warn(
        `attributes ${quoted} of ${metric} are one label in Prometheus, ${label}: their values are joined with ";"`,
      );
    };
  }

  *#add<Given, Value>(
    samples: Samples<Value> | undefined,
    metric: MetricData & { readonly dataPoints: readonly DataPoint<Given>[] },
    {
      description,
      ...origin
    }: { readonly scope: Scope; readonly name: string; readonly description: string },
    { isCounted, isHistogram, read, merge, valueAt }: Reading<Given, Value>,
  ): Generator<undefined> {
    if (samples === undefined) return;
    const { naming, scopeLabels } = this.#options;
    const known = samples.cache.metric(JSON.stringify(origin), () =>
      createLabelMaker(naming, {
        scope: scopeLabels ? origin.scope : undefined,
        isHistogram,
        joined: this.#warnOfJoined(description),
      }),
    );
    const columns = valueAt === undefined ? undefined : columnsOf(metric);
    if (columns !== undefined && valueAt !== undefined) {
      const { attributes: list } = columns;
      if (!known.isOf(list)) {
        yield* pieces(list, (attributes, i) => known.at(i, attributes));
        known.endList(list);
      }
      const labels = known.distinct;
      if (labels !== undefined) {
        const { boundaries = [] } = columns;
        samples.addColumns(new SampleColumns(labels, columns, { boundaries, isCounted, valueAt }), merge);
        return;
      }
    }
    const points = metric.dataPoints;
    yield* pieces(points, (point, i) => {
      const value = read(point.value);
      const created = isCounted ? started(point.startTime) : undefined;
      // Exemplars of gauges are dropped. ("Gauges" in the compatibility specification)
      const exemplars = isCounted ? sampleExemplars(point, naming) : undefined;
      samples.add({ labels: known.at(i, point.attributes), value, created, exemplars }, merge);
    });
    known.end(points.length);
  }
}

/** Calls back for each item, and yields in between. */
function* pieces<Item>(
  items: readonly Item[],
  each: (item: Item, index: number) => void,
): Generator<undefined> {
  for (let begin = 0; begin < items.length; begin += POINTS_PER_PIECE) {
    const end = Math.min(begin + POINTS_PER_PIECE, items.length);
    for (let i = begin; i < end; i++) each(items[i]!, i);
    yield;
  }
}

/** The way to turn points into samples. */
interface Reading<Given, Value> {
  /** Whether values are totals since a start. */
  readonly isCounted: boolean;
  readonly isHistogram: boolean;
  readonly read: (given: Given) => Value;
  /** Merges the values of two series that are the same series in Prometheus. */
  readonly merge: (earlier: Value, later: Value) => Value;
  /** The value in a metric's columns, if those may be used. */
  readonly valueAt?: ValueAt<Value>;
}

const NUMBERS = { isHistogram: false, read: same, valueAt: numberAt } as const;
const HISTOGRAMS = { isHistogram: true, isCounted: true } as const;

const UNCOUNTED = { value: 1, created: undefined, exemplars: undefined };

function mergeDistributions(refused: () => void) {
  return (earlier: Distribution, later: Distribution): Distribution => {
    if (earlier.exponential !== undefined && later.exponential !== undefined) {
      const both = addExponentialHistograms(earlier.exponential, later.exponential);
      return new ExponentialDistribution(both, earlier.boundaries);
    }
    const isEither = earlier.exponential !== undefined || later.exponential !== undefined;
    const both = isEither ? undefined : addBuckets(earlier, later);
    if (both === undefined) refused();
    return both ?? earlier;
  };
}

function kindOf(metric: MetricData): MetricKind {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge';
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'upDownCounter';
  return 'histogram';
}

function same(value: number): number {
  return value;
}

function sum(earlier: number, later: number): number {
  return earlier + later;
}

function later<Value>(_: Value, later: Value): Value {
  return later;
}
