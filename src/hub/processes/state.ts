import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Exemplar } from '../../model/exemplars.ts';
import { kindOf, scopeKey } from '../../model/metric-key.ts';
import { type Diff, MAX_METRICS, MAX_SERIES } from './diff.ts';
import { FloatReader, FloatWriter } from './floats.ts';
import { MetricCells } from './metric-cells.ts';

/** All series of one process as of its last report: the sum of its diffs. */
export class ProcessState {
  /** In the order of their announcements. */
  readonly metrics: MetricCells[] = [];
  /** The metric of each series and its row there, in the order of the series' announcements. */
  private readonly metricOf: MetricCells[] = [];
  private readonly rowOf: number[] = [];

  /** The number of series, present or not. */
  get size(): number {
    return this.rowOf.length;
  }

  apply({ metrics, series, values, absent, exemplars, time }: Diff): void {
    for (const head of metrics) this.metrics.push(new MetricCells(head));
    for (const { metric, attributes } of series) this.announce(metric, attributes);
    for (const id of absent) this.cellsOf(id).remove(this.rowIn(id));
    const reader = new FloatReader(values);
    while (reader.hasMore) {
      const id = reader.id();
      this.cellsOf(id).read(this.rowIn(id), reader, time);
    }
    for (const [id, given] of exemplars) this.cellsOf(id).setExemplars(this.rowIn(id), given);
  }

  /**
   * Checks a diff that another process sent before it is applied.
   *
   * @throws when it does not fit what has been announced so far
   */
  requireFit({ metrics, series, values, absent, exemplars }: Diff): void {
    const metricCount = this.metrics.length + metrics.length;
    const seriesCount = this.size + series.length;
    if (metricCount > MAX_METRICS || seriesCount > MAX_SERIES) throw new Error('too many metrics or series');
    if (series.some(({ metric }) => metric >= metricCount)) throw new Error('a series of an unknown metric');
    const isUnknown = (id: number) => !(Number.isInteger(id) && id >= 0 && id < seriesCount);
    if (absent.some(isUnknown)) throw new Error('an unknown series is absent');
    if (exemplars.some(([id]) => isUnknown(id))) throw new Error('exemplars of an unknown series');
    const added = metrics.map(({ metric, boundaries }) => ({ kind: kindOf(metric), boundaries }));
    const metricOf = (id: number) => {
      if (id < this.size) return this.metricOf[id];
      const place = series[id - this.size]?.metric ?? 0;
      return place < this.metrics.length ? this.metrics[place] : added[place - this.metrics.length];
    };
    const reader = new FloatReader(values);
    while (reader.hasMore) {
      const id = reader.id();
      const metric = isUnknown(id) ? undefined : metricOf(id);
      if (metric === undefined) throw new Error('a value of an unknown series');
      reader.check(metric.kind, metric.boundaries.length);
    }
  }

  isPresent(id: number): boolean {
    return this.cellsOf(id).isPresent(this.rowIn(id));
  }

  /** The metric of a series. */
  cellsOf(id: number): MetricCells {
    const cells = this.metricOf[id];
    if (cells === undefined) throw new Error(`series ${id} was never announced`);
    return cells;
  }

  /** The row of a series among those of its metric. */
  rowIn(id: number): number {
    return this.rowOf[id] ?? 0;
  }

  /** One diff that has everything. */
  everything(time: number): Diff {
    return this.everythingOf(() => true, time).diff;
  }

  /** One diff with the chosen series, and their ids in it by their ids here. */
  everythingOf(
    isChosen: (id: number) => boolean,
    time = Date.now(),
  ): { readonly diff: Diff; readonly ids: ReadonlyMap<number, number> } {
    const values = new FloatWriter();
    const absent: number[] = [];
    const exemplars: [number, readonly Exemplar[]][] = [];
    const series: { metric: number; attributes: Attributes }[] = [];
    const ids = new Map<number, number>();
    const places = new Map(this.metrics.map((metric, place) => [metric, place]));
    for (let before = 0; before < this.size; before++) {
      if (!isChosen(before)) continue;
      const cells = this.cellsOf(before);
      const row = this.rowIn(before);
      const id = series.push({ metric: places.get(cells) ?? 0, attributes: cells.attributes[row] ?? {} }) - 1;
      ids.set(before, id);
      if (cells.isPresent(row)) values.copy(id, cells.row(row));
      else absent.push(id);
      const own = cells.exemplars.get(row);
      if (own !== undefined) exemplars.push([id, own]);
    }
    const metrics = this.metrics.map(({ head }) => head);
    return { diff: { time, metrics, series, values: values.finish(), absent, exemplars }, ids };
  }

  /** The present series, as points. */
  scopeMetrics(): ScopeMetrics[] {
    const scopes = new Map<string, ScopeMetrics>();
    for (const cells of this.metrics) {
      const metric = cells.metric();
      if (metric.dataPoints.length === 0) continue;
      const { scope } = cells.head;
      const key = scopeKey(scope);
      const known = scopes.get(key) ?? { scope, metrics: [] };
      scopes.set(key, known);
      known.metrics.push(metric);
    }
    return [...scopes.values()];
  }

  private announce(place: number, attributes: Attributes): void {
    const cells = this.metrics[place];
    if (cells === undefined) throw new Error(`a series of metric ${place}, which was never announced`);
    this.metricOf.push(cells);
    this.rowOf.push(cells.announce(attributes));
  }
}
