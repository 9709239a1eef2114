import type { Attributes, HrTime } from '@opentelemetry/api';
import { AggregationTemporality, type MetricData, type ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { areEqual } from '../../model/boundaries.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { Merger } from '../../model/merge.ts';
import { isObservedHistogram, metricKey, scopeKey } from '../../model/metric-key.ts';
import type { MetricHead } from './diff.ts';
import type { MetricCells } from './metric-cells.ts';
import { SummedCells } from './summed-cells.ts';

/** All series of one process. */
export interface CellsSource {
  readonly metrics: readonly MetricCells[];
  /** Added to this source's gauges, unless the gauge has a rule. One object for the source's lifetime. */
  readonly own?: Attributes | undefined;
}

/** A metric of one source. */
interface Part extends Pick<CellsSource, 'own'> {
  readonly cells: MetricCells;
}

/**
 * Merges the processes of a service as a {@link Merger} does, with the same result. Sums and histograms, which are nearly
 * all series, are added as arrays; a `Merger` has the others: gauges, exponential histograms, and histograms whose
 * boundaries differ between processes. (bench/processes.ts)
 */
export class CellsMerger {
  private readonly rules: GaugeRules;
  private readonly scopes = new Map<string, MergedScope>();
  private readonly places = new WeakMap<MetricCells, MergedMetric>();

  constructor(rules: GaugeRules) {
    this.rules = rules;
  }

  merge(sources: readonly CellsSource[], now: HrTime): ScopeMetrics[] {
    for (const { metrics, own } of sources) {
      for (const cells of metrics) this.placeOf(cells).parts.push({ cells, own });
    }
    return [...this.scopes.values()].flatMap(({ scope, metrics }) => {
      const merged = [...metrics.values()].flatMap((metric) => metric.take(now));
      return merged.length === 0 ? [] : [{ scope, metrics: merged }];
    });
  }

  private placeOf(cells: MetricCells): MergedMetric {
    let place = this.places.get(cells);
    if (place !== undefined) return place;
    const { scope, metric } = cells.head;
    const scopeName = scopeKey(scope);
    const merged: MergedScope = this.scopes.get(scopeName) ?? { scope, metrics: new Map() };
    this.scopes.set(scopeName, merged);
    const key = metricKey(metric);
    place = merged.metrics.get(key) ?? new MergedMetric(cells.head, this.rules);
    merged.metrics.set(key, place);
    this.places.set(cells, place);
    return place;
  }
}

interface MergedScope {
  readonly scope: ScopeMetrics['scope'];
  readonly metrics: Map<string, MergedMetric>;
}

class MergedMetric {
  /** The parts of this collection. */
  readonly parts: Part[] = [];
  private readonly first: MetricHead;
  private readonly rules: GaugeRules;
  private sums: SummedCells | undefined;
  private merger: Merger | undefined;

  constructor(first: MetricHead, rules: GaugeRules) {
    this.first = first;
    this.rules = rules;
  }

  /** The metric as a list of one, or an empty list. Forgets the parts. */
  take(now: HrTime): MetricData[] {
    const parts = this.parts.splice(0);
    const head = { ...this.first.metric, aggregationTemporality: AggregationTemporality.CUMULATIVE };
    const metric = this.areSummable(parts) ? this.sum(head, parts, now) : this.merge(head, parts, now);
    return metric === undefined ? [] : [metric];
  }

  private areSummable(parts: readonly Part[]): boolean {
    const [first, ...others] = parts;
    if (first === undefined || isObservedHistogram(this.first.metric)) return false;
    const { kind, boundaries } = first.cells;
    if (kind === 'gauge' || kind === 'exponentialHistogram') return false;
    return others.every(({ cells }) => areEqual(cells.boundaries, boundaries));
  }

  private sum(head: MetricData, parts: readonly Part[], now: HrTime): MetricData | undefined {
    this.merger = undefined;
    this.sums ??= new SummedCells();
    return this.sums.add(
      head,
      parts.map(({ cells }) => cells),
      now,
    );
  }

  private merge(head: MetricData, parts: readonly Part[], now: HrTime): MetricData | undefined {
    this.sums = undefined;
    this.merger ??= new Merger(this.rules);
    const { scope } = this.first;
    const sources = parts.map(({ cells, own }) => ({
      scopeMetrics: [{ scope, metrics: [cells.metric()] }],
      own,
    }));
    const merged = this.merger.merge(sources, now)[0]?.metrics[0];
    // All parts have the metric's kind.
    return merged && ({ ...head, dataPoints: merged.dataPoints } as MetricData);
  }
}
