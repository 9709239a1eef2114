import type { Attributes, HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { type Accumulator, accumulatorOf } from './accumulate.ts';
import { canonicalize } from './attributes.ts';
import { type GaugeRule, type GaugeRules, OBSERVED_RULE, ruleOf } from './gauge-rules.ts';
import { isObservedHistogram, kindOf, metricKey, scopeKey } from './metric-key.ts';
import { OVERFLOW_ATTRIBUTE } from './series-limit.ts';

/** All series of one process or of one thread, cumulative. */
export interface Source {
  readonly scopeMetrics: readonly ScopeMetrics[];
  /** Added to this source's gauges, unless the gauge has a rule. One object for the source's lifetime. */
  readonly own?: Attributes | undefined;
}

/** Counts the series beyond the limit. */
const OVERFLOW = canonicalize({ [OVERFLOW_ATTRIBUTE]: true });

/** Series of one metric in the totals of everything that has ended: any number of threads and processes may end. */
export const MAX_ENDED_SERIES = 10_000;

const NO_ATTRIBUTES: Attributes = Object.freeze({});

interface MergedSeries {
  /** One object for the series' lifetime: it serves as the series' identity from here onwards. */
  readonly attributes: Attributes;
  readonly accumulator: Accumulator;
  pass: number;
}

/**
 * Merges sources into one: adds sums and histograms, and gives a gauge one series for each source, or one value by its
 * rule. The result depends only on the arguments. Between calls a merger keeps one attributes object for each live
 * series, so that caches with that object as their key stay valid.
 */
export class Merger {
  private readonly rules: GaugeRules;
  private readonly most: number;
  private readonly scopes = new Map<string, MergedScope>();
  private pass = 0;

  /** @param most maximum series of a metric, the overflow series included; the first ones stay */
  constructor(rules: GaugeRules, most = Number.POSITIVE_INFINITY) {
    this.rules = rules;
    this.most = most;
  }

  merge(sources: readonly Source[], now: HrTime): ScopeMetrics[] {
    this.pass++;
    for (const { scopeMetrics, own = NO_ATTRIBUTES } of sources) {
      for (const { scope, metrics } of scopeMetrics) {
        const merged = this.scopeOf(scope);
        for (const metric of metrics) merged.add(metric, own, this.pass);
      }
    }
    return [...this.scopes.values()].flatMap((scope) => scope.take(this.pass, now));
  }

  private scopeOf(scope: ScopeMetrics['scope']): MergedScope {
    const key = scopeKey(scope);
    let merged = this.scopes.get(key);
    if (merged === undefined) {
      merged = new MergedScope(scope, this.rules, this.most);
      this.scopes.set(key, merged);
    }
    return merged;
  }
}

/** `undefined` for a gauge without a rule, and for anything else but observed histograms. */
function ruleFor(metric: MetricData, rules: GaugeRules): GaugeRule | undefined {
  if (isObservedHistogram(metric)) return OBSERVED_RULE;
  const { dataPointType, descriptor } = metric;
  if (dataPointType !== DataPointType.GAUGE) return undefined;
  // Descriptors of the SDK's own instruments have no `merge`.
  const declared = 'merge' in descriptor ? String(descriptor.merge) : undefined;
  return ruleOf(descriptor.name, declared, rules);
}

class MergedScope {
  private readonly scope: ScopeMetrics['scope'];
  private readonly rules: GaugeRules;
  private readonly most: number;
  private readonly metrics = new Map<string, MergedMetric>();

  constructor(scope: ScopeMetrics['scope'], rules: GaugeRules, most: number) {
    this.scope = scope;
    this.rules = rules;
    this.most = most;
  }

  add(metric: MetricData, own: Attributes, pass: number): void {
    const key = metricKey(metric);
    let merged = this.metrics.get(key);
    if (merged === undefined) {
      merged = new MergedMetric(metric, ruleFor(metric, this.rules), this.most);
      this.metrics.set(key, merged);
    }
    merged.add(metric, own, pass);
  }

  /** The scope with the metrics of this pass as a list of one, or an empty list. */
  take(pass: number, now: HrTime): ScopeMetrics[] {
    const metrics = [...this.metrics.values()].flatMap((metric) => metric.take(pass, now));
    return metrics.length === 0 ? [] : [{ scope: this.scope, metrics }];
  }
}

class MergedMetric {
  private readonly first: MetricData;
  private readonly rule: GaugeRule | undefined;
  private readonly most: number;
  private readonly series = new Map<string, MergedSeries>();
  /** By the attributes that the source adds to its gauges, and then by the series' attributes in the source. */
  private readonly known = new WeakMap<Attributes, WeakMap<Attributes, MergedSeries>>();

  constructor(first: MetricData, rule: GaugeRule | undefined, most: number) {
    this.first = first;
    this.rule = rule;
    this.most = most;
  }

  add(metric: MetricData, own: Attributes, pass: number): void {
    const isPerSource = metric.dataPointType === DataPointType.GAUGE && this.rule === undefined;
    const added = isPerSource ? own : NO_ATTRIBUTES;
    let known = this.known.get(added);
    if (known === undefined) {
      known = new WeakMap();
      this.known.set(added, known);
    }
    for (const point of metric.dataPoints) {
      let series = known.get(point.attributes);
      // `take` forgets a series that was absent, but its attributes object may come back.
      if (series === undefined || series.pass < pass - 1) {
        series = this.find(point.attributes, added);
        known.set(point.attributes, series);
      }
      if (series.pass !== pass) series.accumulator.begin();
      series.pass = pass;
      series.accumulator.add(point);
    }
  }

  take(pass: number, now: HrTime): MetricData[] {
    const dataPoints: DataPoint<unknown>[] = [];
    for (const [key, { attributes, accumulator, pass: last }] of this.series) {
      if (last === pass) dataPoints.push({ ...accumulator.result(), endTime: now, attributes });
      else this.series.delete(key);
    }
    if (dataPoints.length === 0) return [];
    const aggregationTemporality = AggregationTemporality.CUMULATIVE;
    // Each accumulator has the metric's kind.
    return [{ ...this.first, aggregationTemporality, dataPoints } as MetricData];
  }

  private find(given: Attributes, added: Attributes): MergedSeries {
    const isAlone = added === NO_ATTRIBUTES;
    const { key, attributes } = canonicalize(isAlone ? given : { ...given, ...added });
    let series = this.series.get(key);
    if (series === undefined && key !== OVERFLOW.key && this.series.size >= this.most - 1) {
      return this.find(OVERFLOW.attributes, NO_ATTRIBUTES);
    }
    if (series === undefined) {
      const accumulator = accumulatorOf(kindOf(this.first), this.rule);
      // The source's own object where possible, so that caches know the merged series too.
      series = { attributes: isAlone ? given : attributes, accumulator, pass: 0 };
      this.series.set(key, series);
    }
    return series;
  }
}
