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
import { type GaugeRule, type GaugeRules, ruleOf } from './gauge-rules.ts';
import { kindOf, metricKey, scopeKey } from './metric-key.ts';
import { OVERFLOW_ATTRIBUTE } from './series-limit.ts';

/** All series of one process or of one thread, cumulative. */
export interface Source {
  readonly scopeMetrics: readonly ScopeMetrics[];
  /** What tells this source's gauges from those of the others, unless the gauge has a rule. One object for its lifetime. */
  readonly own?: Attributes | undefined;
}

/** Where series beyond the limit are counted. */
const OVERFLOW = canonicalize({ [OVERFLOW_ATTRIBUTE]: true });

/** Series of one instrument that are kept of all that has ended: there may be any number of threads and processes. */
export const MOST_OF_ENDED = 10_000;

/** Added to the gauges of sources that have nothing of their own. */
const NOTHING: Attributes = Object.freeze({});

interface MergedSeries {
  /** One object for the series' lifetime: it serves as the series' identity from here onwards. */
  readonly attributes: Attributes;
  readonly accumulator: Accumulator;
  pass: number;
}

/**
 * Makes one of several sources: sums and histograms are added, a gauge has one series for each source or
 * follows its rule. The result depends on the arguments alone; what is kept between calls is one
 * attributes object for each series that is there, so that caches keyed by it stay valid.
 */
export class Merger {
  private readonly rules: GaugeRules;
  private readonly most: number;
  private readonly scopes = new Map<string, MergedScope>();
  private pass = 0;

  /** @param most how many series a metric may have, the overflow series included; the first ones stay */
  constructor(rules: GaugeRules, most = Number.POSITIVE_INFINITY) {
    this.rules = rules;
    this.most = most;
  }

  merge(sources: readonly Source[], now: HrTime): ScopeMetrics[] {
    this.pass++;
    for (const { scopeMetrics, own = NOTHING } of sources) {
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

/** `undefined` for what is no gauge. */
function ruleFor({ dataPointType, descriptor }: MetricData, rules: GaugeRules): GaugeRule | undefined {
  if (dataPointType !== DataPointType.GAUGE) return undefined;
  // Metrics of the SDK's own instruments have no rule to declare.
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

  /** What was added in this pass, as a list of one or, when there was nothing, of none. */
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
  /** By what the source's gauges are given, and then by the series' attributes in the source. */
  private readonly known = new WeakMap<Attributes, WeakMap<Attributes, MergedSeries>>();

  constructor(first: MetricData, rule: GaugeRule | undefined, most: number) {
    this.first = first;
    this.rule = rule;
    this.most = most;
  }

  add(metric: MetricData, own: Attributes, pass: number): void {
    const isPerSource = metric.dataPointType === DataPointType.GAUGE && this.rule === undefined;
    const added = isPerSource ? own : NOTHING;
    let known = this.known.get(added);
    if (known === undefined) {
      known = new WeakMap();
      this.known.set(added, known);
    }
    for (const point of metric.dataPoints) {
      let series = known.get(point.attributes);
      // A series that was absent has been forgotten, and its attributes may be known from before.
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
    // The accumulators are those of the metric's kind, and so are their values.
    return [{ ...this.first, aggregationTemporality, dataPoints } as MetricData];
  }

  private find(given: Attributes, added: Attributes): MergedSeries {
    const isAlone = added === NOTHING;
    const { key, attributes } = canonicalize(isAlone ? given : { ...given, ...added });
    let series = this.series.get(key);
    if (series === undefined && key !== OVERFLOW.key && this.series.size >= this.most - 1) {
      return this.find(OVERFLOW.attributes, NOTHING);
    }
    if (series === undefined) {
      const accumulator = accumulatorOf(kindOf(this.first), this.rule);
      // The source's own object where that will do: whoever knew the series before it was merged still does.
      series = { attributes: isAlone ? given : attributes, accumulator, pass: 0 };
      this.series.set(key, series);
    }
    return series;
  }
}
