import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { canonicalize } from '../../model/attributes.ts';
import { areEqual } from '../../model/boundaries.ts';
import { histogramOf, scalarOf } from '../../model/cell-values.ts';
import { type Exemplar, type WithExemplars, youngest } from '../../model/exemplars.ts';
import { type Kind, kindOf, metricKey, outlivesItsProcess, scopeKey } from '../../model/metric-key.ts';
import { type Columns, columnsOf, startTimesOf } from '../collect/columns.ts';
import { type Diff, headOf, MAX_EXEMPLARS, type MetricHead } from './diff.ts';
import { FloatWriter, isInRange, type Reading } from './floats.ts';
import { Resets } from './resets.ts';
import { SeriesIds } from './series-ids.ts';
import { ProcessState } from './state.ts';

/** So many disappeared series, and so many totals that are not reported any more, are remembered. */
const MAX_GONE = 2000;

interface Known {
  readonly place: number;
  /** The same metric with this and with other boundaries: threads may declare different ones. */
  readonly siblings: Known[];
  /** Ids of series, by their attributes. */
  byKey: Map<string, number>;
  readonly ids: SeriesIds;
  /** How many its histograms have. */
  readonly boundaries: number;
  /** Whether its series stay when they are not reported any more. */
  readonly outlives: boolean;
  /** The latest update that had it. */
  update: number;
  /** Ids of the series in that update. A list is the same object as long as its series are known to be the same. */
  seen: (readonly number[])[];
  /** The list of ids with which the metric was last looked through for series that are missing, if it was one. */
  settled: readonly number[] | undefined;
  /** The columns of that update and the ids of its series, if the metric came as columns. */
  last: { readonly columns: Columns; readonly ids: readonly number[] } | undefined;
}

/** A metric that came with a certain descriptor, which most readers keep from one collection to the next. */
interface Recent {
  readonly scope: ScopeMetrics['scope'];
  readonly kind: Kind;
  readonly boundaries: readonly number[];
  readonly known: Known;
}

const NO_IDS: readonly number[] = [];

/** An update for other processes. */
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
 * Totals keep what they once had: a counter or histogram that begins anew continues from its old value, and one without
 * further reports stays. Only when many series are gone, and more than are left,
 * everything is sent again without them.
 */
export class Outgoing {
  private current = new ProcessState();
  private readonly values = new FloatWriter();
  private updates = 0;
  private readonly known = new Map<string, Known>();
  private readonly siblings = new Map<string, Known[]>();
  private readonly recent = new WeakMap<MetricData['descriptor'], Recent>();
  private readonly resets = new Resets();

  /** All series that other processes know. */
  get state(): ProcessState {
    return this.current;
  }

  /**
   * @param isComplete whether a series that is missing from `scopeMetrics` has disappeared, or was only not collected
   */
  update(scopeMetrics: readonly ScopeMetrics[], { isComplete }: { isComplete: boolean }): Change {
    const draft: Draft = { metrics: [], series: [], values: this.values, absent: [], exemplars: [] };
    this.updates++;
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) this.compare(scope, metric, draft);
    }
    for (const known of this.known.values()) {
      known.ids.end();
      if (isComplete && known.update !== this.updates) known.last = undefined;
    }
    const diff: Diff = {
      ...draft,
      time: Date.now(),
      values: draft.values.finish(),
      absent: isComplete ? [...draft.absent, ...this.missing()] : draft.absent,
    };
    this.state.apply(diff);
    return (isComplete ? this.renewed() : undefined) ?? { isWhole: false, diff };
  }

  /** Sends everything again without the series that are gone, when there are too many of them. */
  private renewed(): Change | undefined {
    const { state } = this;
    const lists = [...this.known.values()].flatMap((known) => this.seenNow(known));
    const reported = lists.reduce((sum, { length }) => sum + length, 0);
    if (state.size - reported <= MAX_GONE) return undefined;
    const seen: boolean[] = [];
    for (const list of lists) for (const id of list) seen[id] = true;
    const totals = count(state.size, (id) => seen[id] !== true && state.isPresent(id));
    const isKept = (id: number) => seen[id] === true || (totals <= MAX_GONE && state.isPresent(id));
    const kept = count(state.size, isKept);
    const gone = state.size - kept;
    if (gone <= MAX_GONE || gone <= kept) return undefined;

    const { diff, ids } = state.everythingOf(isKept);
    this.current = new ProcessState();
    this.current.apply(diff);
    for (const known of this.known.values()) {
      const byKey = Array.from(known.byKey, ([key, id]) => [key, ids.get(id)] as const);
      known.byKey = new Map(byKey.filter(isKnown));
      known.ids.clear();
      known.last = undefined;
      known.seen = [];
      known.settled = undefined;
    }
    this.resets.renumber(ids);
    return { isWhole: true, diff };
  }

  private compare(scope: ScopeMetrics['scope'], metric: MetricData, draft: Draft): void {
    const kind = kindOf(metric);
    const columns = columnsOf(metric);
    if (columns !== undefined) {
      const one = this.metricOf(scope, metric, columns.boundaries ?? [], draft);
      if (one.siblings.length === 1) {
        this.compareColumns(one, kind, columns, draft);
        return;
      }
    }
    let known: Known | undefined;
    let boundaries: readonly number[] = [];
    let ids: number[] = [];
    for (const point of metric.dataPoints as (DataPoint<unknown> & WithExemplars)[]) {
      const own = kind === 'histogram' ? (point.value as Histogram).buckets.boundaries : [];
      if (known === undefined || (own !== boundaries && own.join() !== boundaries.join())) {
        known = this.metricOf(scope, metric, own, draft);
        known.last = undefined;
        ids = [];
        this.see(known, ids);
      }
      boundaries = own;
      const id = this.seriesOf(known, point.attributes, draft);
      if (known.siblings.length > 1) this.moveFromSiblings(known, point.attributes, draft);
      ids.push(id);
      const isNews = this.comparePoint(known, id, kind, point, draft);
      if (point.exemplars !== undefined && (isNews || !this.hasExemplars(id))) {
        const timely = point.exemplars.filter(({ timestamp }) => isInRange(timestamp));
        draft.exemplars.push([id, youngest(timely, MAX_EXEMPLARS)]);
      }
    }
  }

  /** Passes over the series whose cells are as in the update before, in which nearly all are. (bench/processes.ts) */
  private compareColumns(known: Known, kind: Kind, columns: Columns, draft: Draft): void {
    const { attributes, cells, width, boundaries = [] } = columns;
    const { last } = known;
    const isSame = last?.columns.attributes === attributes && last.columns.width === width;
    const ids = isSame ? last.ids : attributes.map((own) => this.seriesOf(known, own, draft));
    const startTimes = startTimesOf(cells, width);
    const bounds = [...boundaries];
    for (let i = 0; i < ids.length; i++) {
      const at = i * width;
      if (isSame && areSame(cells, last.columns.cells, at, width)) continue;
      const value = kind === 'histogram' ? histogramOf({ cells, at }, bounds) : scalarOf({ cells, at });
      this.comparePoint(known, ids[i]!, kind, { startTime: startTimes(i), value }, draft);
    }
    known.last = { columns, ids };
    this.see(known, ids);
  }

  /** Notes the series of a metric in this update, which may have several metrics of one key. */
  private see(known: Known, ids: readonly number[]): void {
    if (known.update === this.updates) known.seen.push(ids);
    else known.seen = [ids];
    known.update = this.updates;
  }

  /** Ids of the metric's series in the present update. */
  private seenNow({ update, seen }: Known): readonly (readonly number[])[] {
    return update === this.updates ? seen : [];
  }

  /** @returns whether other processes do not know the value yet */
  private comparePoint(
    { boundaries, outlives }: Known,
    id: number,
    kind: Kind,
    given: Reading,
    draft: Draft,
  ): boolean {
    const isTotal = outlives && kind !== 'gauge' && kind !== 'upDownCounter';
    const reading = isTotal ? this.resets.continued(this.state, id, kind, given) : given;
    if (reading === undefined) return false;
    const place = draft.values.end;
    draft.values.write(id, kind, boundaries, reading);
    const isNews = !this.isKnownValue(id, draft.values, place);
    if (!isNews) draft.values.rewind(place);
    return isNews;
  }

  /** Whether other processes know the value that was written last, at this place. */
  private isKnownValue(id: number, values: FloatWriter, place: number): boolean {
    const { state } = this;
    return id < state.size && state.cellsOf(id).has(state.rowIn(id), values, place);
  }

  private hasExemplars(id: number): boolean {
    const { state } = this;
    return id < state.size && state.cellsOf(id).exemplars.has(state.rowIn(id));
  }

  private metricOf(
    scope: ScopeMetrics['scope'],
    metric: MetricData,
    boundaries: readonly number[],
    draft: Draft,
  ): Known {
    // Instruments that differ only in what a scraper cannot see have totals of their own all the same.
    const { descriptor } = metric;
    const kind = kindOf(metric);
    const recent = this.recent.get(descriptor);
    if (
      recent?.kind === kind &&
      areSameScope(recent.scope, scope) &&
      areEqual(recent.boundaries, boundaries)
    ) {
      return recent.known;
    }
    const { valueType } = descriptor;
    const type = 'type' in descriptor ? descriptor.type : '';
    const family = `${scopeKey(scope)}${metricKey(metric)}${valueType} ${type}`;
    const key = `${family} ${boundaries.join()}`;
    let known = this.known.get(key);
    if (known === undefined) {
      const siblings = this.siblings.get(family) ?? [];
      this.siblings.set(family, siblings);
      known = {
        place: this.known.size,
        siblings,
        byKey: new Map(),
        ids: new SeriesIds(),
        boundaries: boundaries.length,
        outlives: outlivesItsProcess(metric),
        update: 0,
        seen: [],
        settled: undefined,
        last: undefined,
      };
      siblings.push(known);
      this.known.set(key, known);
      draft.metrics.push(headOf(scope, metric, boundaries));
    }
    this.recent.set(descriptor, { scope, kind, boundaries: [...boundaries], known });
    return known;
  }

  /** The merged series of threads with other boundaries gets the common ones: it counts there, and not here too. */
  private moveFromSiblings(known: Known, attributes: Attributes, draft: Draft): void {
    const { key } = canonicalize(attributes);
    for (const sibling of known.siblings) {
      const id = sibling === known ? undefined : sibling.byKey.get(key);
      if (id !== undefined && id < this.state.size && this.state.isPresent(id)) draft.absent.push(id);
    }
  }

  private seriesOf({ place, ids, byKey }: Known, attributes: Attributes, draft: Draft): number {
    let id = ids.next(attributes);
    if (id !== undefined) return id;
    const { key } = canonicalize(attributes);
    id = byKey.get(key);
    if (id === undefined) {
      id = this.state.size + draft.series.length;
      byKey.set(key, id);
      draft.series.push({ metric: place, attributes });
    }
    ids.meet(attributes, id);
    return id;
  }

  /** The series that are not reported any more, of metrics that have changed since the last time. */
  private missing(): number[] {
    const absent: number[] = [];
    for (const known of this.known.values()) {
      const seen = this.seenNow(known);
      const list = seen.length === 0 ? NO_IDS : seen.length === 1 ? seen[0] : undefined;
      const isSettled = list !== undefined && list === known.settled;
      known.settled = list;
      if (isSettled || known.outlives) continue;
      const reported = new Set(seen.flat());
      for (const id of known.byKey.values()) {
        if (!reported.has(id) && this.state.isPresent(id)) absent.push(id);
      }
    }
    return absent;
  }
}

function isKnown<T>(entry: readonly [T, number | undefined]): entry is readonly [T, number] {
  return entry[1] !== undefined;
}

function areSameScope(a: ScopeMetrics['scope'], b: ScopeMetrics['scope']): boolean {
  return a === b || (a.name === b.name && a.version === b.version && a.schemaUrl === b.schemaUrl);
}

function count(length: number, isCounted: (i: number) => boolean): number {
  let counted = 0;
  for (let i = 0; i < length; i++) if (isCounted(i)) counted++;
  return counted;
}

function areSame(a: Float64Array, b: Float64Array, begin: number, length: number): boolean {
  for (let i = begin; i < begin + length; i++) if (a[i] !== b[i]) return false;
  return true;
}
