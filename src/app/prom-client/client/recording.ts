import type { Attributes } from '@opentelemetry/api';
import { METRIC_KINDS, type MetricKind } from '../../../naming/names.ts';
import type { InstrumentState, SeriesOwner } from '../../record/instrument-state.ts';
import type { Series } from '../../record/series.ts';
import type { CellChild, Shape } from './cells.ts';
import { type Polled, poll, stopPolling } from './collecting.ts';
import type { Labels } from './labels.ts';
import { COLLECT } from './own-metric.ts';

interface Metric {
  readonly name: string;
  reset(): void;
  [COLLECT](): unknown;
}

/**
 * Puts the children of a metric into the recorder. It knows the metric only weakly: an application may forget a registry
 * with its metrics, whose series then go as well.
 */
export class Recording implements SeriesOwner, Polled {
  readonly name: string;
  readonly kind: MetricKind;
  private readonly state: InstrumentState;
  private readonly shape: Shape;
  private readonly metric: WeakRef<Metric>;
  private defaults: Labels;
  /** The children that write into the cells of a series. */
  private readonly owners = new Map<Series, CellChild>();
  /** The children that count beside a series, which is there for several of them. */
  private readonly sharers = new Map<Series, Set<CellChild>>();
  /** The children that have no series any more. */
  private readonly lost = new Set<CellChild>();

  /** @param defaults labels of the registry, which those of a child replace */
  constructor(state: InstrumentState, shape: Shape, metric: Metric, defaults: Labels) {
    this.state = state;
    this.shape = shape;
    this.metric = new WeakRef(metric);
    this.defaults = defaults;
    this.name = metric.name;
    this.kind = METRIC_KINDS[state.described.kind];
    state.owner = this;
    poll(this);
  }

  collect(): unknown {
    return this.metric.deref()?.[COLLECT]();
  }

  /** Gives a child a series, which begins with the child's numbers. */
  attach(child: CellChild): void {
    const { index, isExported } = this.state;
    // Nothing hears of an instrument that a view drops.
    if (!isExported) return;
    if (this.shape.isAbsent(child)) {
      this.lose(child);
      return;
    }
    const series = index.find(attributesOf(child.given.labels, this.defaults));
    const owner = this.owners.get(series);
    if (owner !== undefined) this.share(owner, series);
    const isAlone = !this.sharers.has(series) && !index.isOverflow(series);
    this.lost.delete(child);
    if (isAlone && this.shape.mayOwn(child)) {
      this.own(child, series);
    } else {
      this.shape.add(child, series);
      this.join(child, series);
    }
  }

  /** Gives a child cells of its own, beside its series. */
  detach(child: CellChild): void {
    if (child.series !== undefined && !child.isShared) this.share(child, child.series);
  }

  /** Removes the series of a child while its value is not a number. */
  withdraw(child: CellChild): void {
    this.detach(child);
    const { series } = child;
    const isLast = series !== undefined && this.isLeft(child, series);
    this.lose(child);
    if (isLast) this.state.discard([series]);
  }

  /** Removes the series of children that are removed. */
  release(children: Iterable<CellChild>): void {
    const series: Series[] = [];
    for (const child of children) {
      child.isPlain = false;
      this.lost.delete(child);
      if (child.series !== undefined && this.isLeft(child, child.series)) series.push(child.series);
    }
    this.state.discard(series);
  }

  /** Other default labels: every series is another one. */
  relabel(defaults: Labels): void {
    this.defaults = defaults;
    this.state.discard(this.state.index.all());
    this.reconfigured();
  }

  /** Ends the recording. The children keep their numbers. */
  stop(): void {
    this.state.discard(this.state.index.all());
    for (const child of this.lost) child.isPlain = true;
    this.state.owner = undefined;
    stopPolling(this);
  }

  removing(removed: readonly Series[]): void {
    for (const series of removed) {
      const owner = this.owners.get(series);
      if (owner !== undefined) this.copyOut(owner);
      for (const child of owner === undefined ? (this.sharers.get(series) ?? []) : [owner]) {
        this.lose(child);
      }
      this.owners.delete(series);
      this.sharers.delete(series);
    }
  }

  reconfigured(): void {
    for (const child of [...this.lost]) this.attach(child);
    for (const [series, child] of this.owners) child.isPlain = series.isPlain;
  }

  reset(): void {
    this.metric.deref()?.reset();
  }

  /** Takes a child from its series; answers whether the series is for none any more. */
  private isLeft(child: CellChild, series: Series): boolean {
    this.owners.delete(series);
    if (!child.isShared) return true;
    this.shape.subtract(child, series);
    const sharers = this.sharers.get(series);
    sharers?.delete(child);
    if (sharers?.size !== 0) return false;
    this.sharers.delete(series);
    return true;
  }

  private lose(child: CellChild): void {
    child.series = undefined;
    child.isShared = false;
    child.isPlain = false;
    this.lost.add(child);
  }

  private own(child: CellChild, series: Series): void {
    series.cells.set(child.cells.subarray(child.at, child.at + this.state.layout.cells), series.at);
    child.cells = series.cells;
    child.at = series.at;
    child.series = series;
    child.isShared = false;
    child.isPlain = series.isPlain;
    this.owners.set(series, child);
  }

  private share(owner: CellChild, series: Series): void {
    this.copyOut(owner);
    this.owners.delete(series);
    this.join(owner, series);
  }

  private join(child: CellChild, series: Series): void {
    child.series = series;
    child.isShared = true;
    child.isPlain = false;
    const sharers = this.sharers.get(series);
    if (sharers === undefined) this.sharers.set(series, new Set([child]));
    else sharers.add(child);
  }

  /** Gives an owner private cells. */
  private copyOut(child: CellChild): void {
    child.cells = child.cells.slice(child.at, child.at + this.state.layout.cells);
    child.at = 0;
  }
}

/** Labels are strings: a number is the same label as its text. */
function attributesOf(labels: Labels, defaults: Labels): Attributes {
  const attributes: Record<string, string> = {};
  for (const name in defaults) attributes[name] = String(defaults[name]);
  for (const name in labels) attributes[name] = String(labels[name]);
  return attributes;
}
