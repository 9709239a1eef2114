import type { Attributes, HrTime } from '@opentelemetry/api';
import type {
  DataPoint,
  ExponentialHistogram,
  Histogram,
  MetricData,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../record/attributes.ts';
import type { DatedExemplar, WithExemplars } from './exemplars.ts';
import { FloatWriter } from './floats.ts';
import { type Kind, kindOf, metricKey, outlivesItsProcess, scopeKey } from './metric-key.ts';
import { type Diff, headOf, type MetricHead, ProcessState } from './state.ts';

interface Known {
  readonly place: number;
  /** Ids of series, by their attributes object and by their attributes. */
  readonly byObject: WeakMap<Attributes, number>;
  readonly byKey: Map<string, number>;
}

interface Draft {
  readonly metrics: MetricHead[];
  readonly series: { metric: number; attributes: Attributes }[];
  readonly values: FloatWriter;
  readonly exemplars: [number, readonly DatedExemplar[]][];
}

/**
 * This process' own series, and what changed in them from one collection to the next.
 *
 * A counter that its application set back (an observable one that begins anew) goes on here from where it
 * was, and one that is not reported any more stays: what a total once had, it keeps.
 */
export class Outgoing {
  readonly state = new ProcessState();
  private readonly known = new Map<string, Known>();
  /** By series: what was counted before it was last set back, and what was reported last. */
  private readonly resets = new Map<number, { before: number; last: number; startTime: HrTime }>();

  /**
   * @param isComplete whether what is not among `scopeMetrics` is there no more, or just was not collected
   */
  update(scopeMetrics: readonly ScopeMetrics[], { isComplete }: { isComplete: boolean }): Diff {
    const draft: Draft = { metrics: [], series: [], values: new FloatWriter(), exemplars: [] };
    const seen: boolean[] = [];
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) this.compare(scope, metric, draft, seen);
    }
    const diff: Diff = {
      ...draft,
      time: Date.now(),
      values: draft.values.finish(),
      absent: isComplete ? this.missing(seen) : [],
    };
    this.state.apply(diff);
    return diff;
  }

  private compare(scope: ScopeMetrics['scope'], metric: MetricData, draft: Draft, seen: boolean[]): void {
    const kind = kindOf(metric);
    const known = this.metricOf(scope, metric, draft);
    for (const point of metric.dataPoints as (DataPoint<unknown> & WithExemplars)[]) {
      const id = this.seriesOf(known, point.attributes, draft);
      seen[id] = true;
      const value = kind === 'counter' ? this.continued(id, point as DataPoint<number>) : point.value;
      const before = this.state.series[id];
      const isNews = before === undefined || !before.isPresent || !isEqual(kind, before.point.value, value);
      if (isNews) draft.values.write(id, kind, { startTime: point.startTime, value });
      if (point.exemplars !== undefined && (isNews || before?.point.exemplars === undefined)) {
        draft.exemplars.push([id, point.exemplars]);
      }
    }
  }

  private metricOf(scope: ScopeMetrics['scope'], metric: MetricData, draft: Draft): Known {
    const head = headOf(scope, metric);
    const key = `${scopeKey(scope)}${metricKey(metric)}${head.boundaries.join()}`;
    let known = this.known.get(key);
    if (known === undefined) {
      known = { place: this.known.size, byObject: new WeakMap(), byKey: new Map() };
      this.known.set(key, known);
      draft.metrics.push(head);
    }
    return known;
  }

  private seriesOf({ place, byObject, byKey }: Known, attributes: Attributes, draft: Draft): number {
    let id = byObject.get(attributes);
    if (id !== undefined) return id;
    const { key } = canonicalize(attributes);
    id = byKey.get(key);
    if (id === undefined) {
      id = this.state.series.length + draft.series.length;
      byKey.set(key, id);
      draft.series.push({ metric: place, attributes });
    }
    byObject.set(attributes, id);
    return id;
  }

  private continued(id: number, { value, startTime }: DataPoint<number>): number {
    const reset = this.resets.get(id);
    if (reset === undefined) {
      this.resets.set(id, { before: 0, last: value, startTime });
      return value;
    }
    if (value < reset.last) {
      const isReset = startTime[0] !== reset.startTime[0] || startTime[1] !== reset.startTime[1];
      // Otherwise the number is an old one, of a collection that took longer than the one after it.
      if (!isReset) return reset.before + reset.last;
      reset.before += reset.last;
    }
    reset.last = value;
    reset.startTime = startTime;
    return reset.before + value;
  }

  private missing(seen: readonly boolean[]): number[] {
    const absent: number[] = [];
    this.state.series.forEach(({ metric, isPresent }, id) => {
      if (isPresent && seen[id] !== true && !outlivesItsProcess(metric.head.metric)) absent.push(id);
    });
    return absent;
  }
}

function isEqual(kind: Kind, before: unknown, now: unknown): boolean {
  if (kind === 'histogram' || kind === 'exponentialHistogram') {
    const [a, b] = [before, now] as [Histogram | ExponentialHistogram, Histogram | ExponentialHistogram];
    return a.count === b.count && a.sum === b.sum;
  }
  return Object.is(before, now);
}
