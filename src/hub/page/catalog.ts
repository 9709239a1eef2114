import type { Attributes } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import { OVERFLOW_ATTRIBUTE } from '../../model/series-limit.ts';
import type { Naming } from '../../naming/naming.ts';
import type { Timeline } from './history.ts';
import { type LineBudget, MetricHistory } from './metric-history.ts';
import type { MetricReading } from './readings.ts';
import type { MetricView } from './wire.ts';

interface Entry {
  readonly history: MetricHistory;
  view: MetricView;
  /** The tick in which the view changed last. */
  changedIn: number;
  seenIn: number;
}

/** All metrics of a service or of a process, each with its history. */
export class Catalog {
  private readonly timeline: Timeline;
  private readonly naming: Naming;
  private readonly budget: LineBudget;
  private readonly entries = new Map<string, Entry>();
  /** The tick in which a metric came, changed or went. */
  private changedAt = 0;
  /** As of the last tick that it has taken whole. */
  private whole = { tick: 0, changedAt: 0 };

  /** @param lines largest number of series with a history, over all metrics */
  constructor(timeline: Timeline, naming: Naming, lines: number) {
    this.budget = { left: lines };
    this.timeline = timeline;
    this.naming = naming;
  }

  *tick(metrics: readonly MetricReading[], seconds: number | undefined): Generator<undefined> {
    const { current } = this.timeline;
    for (const reading of metrics) {
      const { key } = reading;
      let entry = this.entries.get(key);
      if (entry === undefined || entry.view.series !== reading.series.length) {
        const history = entry?.history ?? new MetricHistory(reading, this.timeline, this.budget);
        entry = { history, view: this.viewOf(reading), changedIn: current, seenIn: current };
        this.entries.set(key, entry);
        this.changedAt = current;
      }
      entry.seenIn = current;
      entry.history.tick(reading, seconds);
      yield;
    }
    for (const [key, { history, seenIn }] of this.entries) {
      if (current - seenIn < this.timeline.length) continue;
      history.close();
      this.entries.delete(key);
      this.changedAt = current;
    }
    this.whole = { tick: current, changedAt: this.changedAt };
  }

  /** The last tick that it has taken whole; 0 before the first. */
  get lastTick(): number {
    return this.whole.tick;
  }

  /** The last tick in which the list of metrics changed. */
  get lastChange(): number {
    return this.whole.changedAt;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The metrics that came or changed in that tick or later. */
  changedSince(tick: number): MetricView[] {
    return [...this.entries.values()].filter(({ changedIn }) => changedIn >= tick).map(({ view }) => view);
  }

  metric(key: string): MetricHistory | undefined {
    return this.entries.get(key)?.history;
  }

  private viewOf({ key, name, type, unit, description, series }: MetricReading): MetricView {
    return {
      key,
      name,
      type,
      unit,
      description,
      prometheus: this.naming.family(name, unit, type) ?? '',
      series: series.length,
      isOverflowing: series.some(({ attributes }) => attributes[OVERFLOW_ATTRIBUTE] === true),
      attributes: valuesByAttribute(series.map(({ attributes }) => attributes)),
    };
  }
}

function valuesByAttribute(series: readonly Attributes[]): [string, number][] {
  const values = new Map<string, Set<string>>();
  for (const attributes of series) {
    for (const [key, value] of Object.entries(attributes)) {
      let known = values.get(key);
      if (known === undefined) {
        known = new Set();
        values.set(key, known);
      }
      known.add(attributeText(value));
    }
  }
  return [...values].map(([key, { size }]): [string, number] => [key, size]).sort(([, a], [, b]) => b - a);
}
