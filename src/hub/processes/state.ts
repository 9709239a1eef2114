import type { Attributes, HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { DataPoint, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Exemplar, WithExemplars } from '../../model/exemplars.ts';
import { type Kind, kindOf, scopeKey } from '../../model/metric-key.ts';
import { type Diff, MAX_METRICS, MAX_SERIES, type MetricHead } from './diff.ts';
import { FloatReader, FloatWriter } from './floats.ts';

/** A data point that later diffs update in place. */
interface LivePoint extends WithExemplars {
  startTime: HrTime;
  endTime: HrTime;
  readonly attributes: Attributes;
  value: unknown;
  exemplars?: readonly Exemplar[];
}

interface LiveMetric {
  readonly head: MetricHead;
  readonly kind: Kind;
  readonly boundaries: number[];
  readonly points: LivePoint[];
}

interface LiveSeries {
  readonly metric: LiveMetric;
  readonly point: LivePoint;
  isPresent: boolean;
}

/** All series of one process as of its last report: the sum of its diffs. */
export class ProcessState {
  readonly metrics: LiveMetric[] = [];
  readonly series: LiveSeries[] = [];
  private assembled: ScopeMetrics[] | undefined;

  apply(diff: Diff): void {
    for (const head of diff.metrics) {
      const kind = kindOf(head.metric);
      this.metrics.push({ head, kind, boundaries: [...head.boundaries], points: [] });
    }
    for (const { metric, attributes } of diff.series) this.announce(metric, attributes);
    if (diff.metrics.length + diff.series.length + diff.absent.length > 0) this.assembled = undefined;
    for (const id of diff.absent) this.at(id).isPresent = false;
    this.read(diff);
    for (const [id, exemplars] of diff.exemplars) this.at(id).point.exemplars = exemplars;
  }

  /**
   * Checks a diff that another process sent before it is applied.
   *
   * @throws when it does not fit what has been announced so far
   */
  requireFit({ metrics, series, values, absent, exemplars }: Diff): void {
    const metricCount = this.metrics.length + metrics.length;
    const seriesCount = this.series.length + series.length;
    if (metricCount > MAX_METRICS || seriesCount > MAX_SERIES) throw new Error('too many metrics or series');
    if (series.some(({ metric }) => metric >= metricCount)) throw new Error('a series of an unknown metric');
    const isUnknown = (id: number) => !(Number.isInteger(id) && id >= 0 && id < seriesCount);
    if (absent.some(isUnknown)) throw new Error('an unknown series is absent');
    if (exemplars.some(([id]) => isUnknown(id))) throw new Error('exemplars of an unknown series');
    const added = metrics.map(({ metric, boundaries }) => ({ kind: kindOf(metric), boundaries }));
    const metricOf = (id: number) => {
      if (id < this.series.length) return this.series[id]?.metric;
      const place = series[id - this.series.length]?.metric ?? 0;
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
    this.series.forEach(({ metric, point, isPresent }, before) => {
      if (!isChosen(before)) return;
      const id = series.push({ metric: places.get(metric) ?? 0, attributes: point.attributes }) - 1;
      ids.set(before, id);
      if (isPresent) values.write(id, metric.kind, point);
      else absent.push(id);
      if (point.exemplars !== undefined) exemplars.push([id, point.exemplars]);
    });
    const metrics = this.metrics.map(({ head }) => head);
    return { diff: { time, metrics, series, values: values.finish(), absent, exemplars }, ids };
  }

  /** The present series. The arrays stay the same until a series appears or disappears. */
  scopeMetrics(): readonly ScopeMetrics[] {
    this.assembled ??= this.assemble();
    return this.assembled;
  }

  private assemble(): ScopeMetrics[] {
    for (const metric of this.metrics) metric.points.length = 0;
    for (const { metric, point, isPresent } of this.series) if (isPresent) metric.points.push(point);
    const scopes = new Map<string, ScopeMetrics>();
    for (const { head, points } of this.metrics) {
      if (points.length === 0) continue;
      const key = scopeKey(head.scope);
      const scope = scopes.get(key) ?? { scope: head.scope, metrics: [] };
      scopes.set(key, scope);
      // The reader has read the points according to the metric's kind.
      scope.metrics.push({ ...head.metric, dataPoints: points as DataPoint<unknown>[] } as MetricData);
    }
    return [...scopes.values()];
  }

  private announce(place: number, attributes: Attributes): void {
    const metric = this.metrics[place];
    if (metric === undefined) throw new Error(`a series of metric ${place}, which was never announced`);
    const point: LivePoint = { attributes, startTime: [0, 0], endTime: [0, 0], value: undefined };
    this.series.push({ metric, point, isPresent: false });
  }

  private read({ values, time }: Diff): void {
    const endTime = millisToHrTime(time);
    const reader = new FloatReader(values);
    while (reader.hasMore) {
      const series = this.at(reader.id());
      const { startTime, value } = reader.reading(series.metric.kind, series.metric.boundaries);
      series.point.startTime = startTime;
      series.point.endTime = endTime;
      series.point.value = value;
      if (series.isPresent) continue;
      series.isPresent = true;
      this.assembled = undefined;
    }
  }

  private at(id: number): LiveSeries {
    const series = this.series[id];
    if (series === undefined) throw new Error(`series ${id} was never announced`);
    return series;
  }
}
