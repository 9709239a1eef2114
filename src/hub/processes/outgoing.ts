import type { Attributes, HrTime } from '@opentelemetry/api';
import type {
  DataPoint,
  ExponentialHistogram,
  Histogram,
  MetricData,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import type { Exemplar, WithExemplars } from '../../model/exemplars.ts';
import { type Kind, kindOf, metricKey, outlivesItsProcess, scopeKey } from '../../model/metric-key.ts';
import { type Diff, headOf, type MetricHead } from './diff.ts';
import { FloatWriter } from './floats.ts';
import { ProcessState } from './state.ts';

/** So many disappeared series, and so many totals that are not reported any more, are remembered. */
const MAX_GONE = 2000;

interface Known {
  readonly place: number;
  /** The same metric with this and with other boundaries: threads may declare different ones. */
  readonly siblings: Known[];
  /** Ids of series, by their attributes object and by their attributes. */
  byObject: WeakMap<Attributes, number>;
  byKey: Map<string, number>;
}

/** What other processes have to learn. */
export interface Change {
  /** The diff has everything, and replaces all earlier ones. */
  readonly isWhole: boolean;
  readonly diff: Diff;
}

interface Draft {
  readonly metrics: MetricHead[];
  readonly series: { metric: number; attributes: Attributes }[];
  readonly values: FloatWriter;
  readonly absent: number[];
  readonly exemplars: [number, readonly Exemplar[]][];
}

/**
 * This process' own series, and what changes in them from one collection to the next.
 *
 * Totals keep what they once had: when an application resets an observable counter, the series continues from its old
 * value, and a counter that is not reported any more stays. Only when many series are gone, and more than are left,
 * everything is sent again without them.
 */
export class Outgoing {
  private current = new ProcessState();
  private readonly known = new Map<string, Known>();
  private readonly siblings = new Map<string, Known[]>();
  /** By series: its count before the last reset, and the last reported value. */
  private resets = new Map<number, { before: number; last: number; startTime: HrTime }>();

  /** All series that other processes know. */
  get state(): ProcessState {
    return this.current;
  }

  /**
   * @param isComplete whether a series that is missing from `scopeMetrics` has disappeared, or was only not collected
   */
  update(scopeMetrics: readonly ScopeMetrics[], { isComplete }: { isComplete: boolean }): Change {
    const draft: Draft = { metrics: [], series: [], values: new FloatWriter(), absent: [], exemplars: [] };
    const seen: boolean[] = [];
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) this.compare(scope, metric, draft, seen);
    }
    const diff: Diff = {
      ...draft,
      time: Date.now(),
      values: draft.values.finish(),
      absent: isComplete ? [...draft.absent, ...this.missing(seen)] : draft.absent,
    };
    this.state.apply(diff);
    return (isComplete ? this.renewed(seen) : undefined) ?? { isWhole: false, diff };
  }

  /** Sends everything again without the series that are gone, when there are too many of them. */
  private renewed(seen: readonly boolean[]): Change | undefined {
    const { series } = this.state;
    const totals = series.filter(({ isPresent }, id) => isPresent && seen[id] !== true).length;
    const isKept = (id: number) =>
      seen[id] === true || (totals <= MAX_GONE && series[id]?.isPresent === true);
    const kept = series.filter((_, id) => isKept(id)).length;
    const gone = series.length - kept;
    if (gone <= MAX_GONE || gone <= kept) return undefined;

    const { diff, ids } = this.state.everythingOf(isKept);
    this.current = new ProcessState();
    this.current.apply(diff);
    for (const known of this.known.values()) {
      const byKey = Array.from(known.byKey, ([key, id]) => [key, ids.get(id)] as const);
      known.byKey = new Map(byKey.filter(isKnown));
      known.byObject = new WeakMap();
    }
    const resets = Array.from(this.resets, ([id, reset]) => [reset, ids.get(id)] as const);
    this.resets = new Map(resets.filter(isKnown).map(([reset, id]) => [id, reset]));
    return { isWhole: true, diff };
  }

  private compare(scope: ScopeMetrics['scope'], metric: MetricData, draft: Draft, seen: boolean[]): void {
    const kind = kindOf(metric);
    let known: Known | undefined;
    let boundaries: readonly number[] = [];
    for (const point of metric.dataPoints as (DataPoint<unknown> & WithExemplars)[]) {
      const own = kind === 'histogram' ? (point.value as Histogram).buckets.boundaries : [];
      if (known === undefined || (own !== boundaries && own.join() !== boundaries.join())) {
        known = this.metricOf(scope, metric, own, draft);
      }
      boundaries = own;
      const id = this.seriesOf(known, point.attributes, draft);
      if (known.siblings.length > 1) this.moveFromSiblings(known, point.attributes, draft);
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

  private metricOf(
    scope: ScopeMetrics['scope'],
    metric: MetricData,
    boundaries: readonly number[],
    draft: Draft,
  ): Known {
    // Instruments that differ only in what a scraper cannot see have totals of their own all the same.
    const { valueType } = metric.descriptor;
    const type = 'type' in metric.descriptor ? metric.descriptor.type : '';
    const family = `${scopeKey(scope)}${metricKey(metric)}${valueType} ${type}`;
    const key = `${family} ${boundaries.join()}`;
    let known = this.known.get(key);
    if (known === undefined) {
      const siblings = this.siblings.get(family) ?? [];
      this.siblings.set(family, siblings);
      known = { place: this.known.size, siblings, byObject: new WeakMap(), byKey: new Map() };
      siblings.push(known);
      this.known.set(key, known);
      draft.metrics.push(headOf(scope, metric, boundaries));
    }
    return known;
  }

  /** The merged series of threads with other boundaries gets the common ones: it counts there, and not here too. */
  private moveFromSiblings(known: Known, attributes: Attributes, draft: Draft): void {
    const { key } = canonicalize(attributes);
    for (const sibling of known.siblings) {
      const id = sibling === known ? undefined : sibling.byKey.get(key);
      if (id !== undefined && this.state.series[id]?.isPresent === true) draft.absent.push(id);
    }
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
      // Otherwise the number is old: its collection took longer than the next one.
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

function isKnown<T>(entry: readonly [T, number | undefined]): entry is readonly [T, number] {
  return entry[1] !== undefined;
}

/** Counts that are kept elsewhere may move between buckets. Exponential ones are recorded here, and do not. */
function hasMoved(before: Histogram | ExponentialHistogram, now: Histogram | ExponentialHistogram): boolean {
  if (!('buckets' in before && 'buckets' in now)) return false;
  const { counts } = before.buckets;
  return now.buckets.counts.some((count, i) => count !== counts[i]);
}

function isEqual(kind: Kind, before: unknown, now: unknown): boolean {
  if (kind === 'histogram' || kind === 'exponentialHistogram') {
    const [a, b] = [before, now] as [Histogram | ExponentialHistogram, Histogram | ExponentialHistogram];
    return a.count === b.count && a.sum === b.sum && !hasMoved(a, b);
  }
  return Object.is(before, now);
}
