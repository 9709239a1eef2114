import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Naming } from '../../naming/naming.ts';
import type { ProcessStall } from '../stalls/report.ts';
import { Catalog } from './catalog.ts';
import { healthView } from './health-view.ts';
import { Timeline } from './history.ts';
import { addedTo, Chart, hasFailed } from './lines.ts';
import { SLOW_AFTER, serviceState } from './objective.ts';
import { type MetricReading, Readings } from './readings.ts';
import { REQUESTS, SECTIONS } from './sections.ts';
import { stallCauses, stallEntries } from './stalls-view.ts';
import { Table } from './table.ts';
import { Elapsed, Window } from './window.ts';
import type {
  Frame,
  HealthView,
  MetricFrame,
  MetricList,
  OperationFrame,
  PastRows,
  SectionView,
  StallEntry,
} from './wire.ts';

export interface RingOptions {
  /** Milliseconds between two ticks. */
  readonly interval: number;
  /** Milliseconds of history. */
  readonly remembered: number;
  readonly seriesLimit: number;
  readonly naming: Naming;
  /** Why the application is not ready, or undefined when it is. */
  readonly notReady: () => string | undefined;
  /** The last stalls of the service, the newest first. */
  readonly stalls: () => readonly ProcessStall[];
  /** Largest number of series with a history. */
  readonly lines: number;
  /** Largest number of rows of a table with charts of their own. */
  readonly rowHistories: number;
  /** The id of the process. Absent for the whole service. */
  readonly process?: number;
  /** The ids of the processes with rings. */
  readonly processes: () => readonly number[];
}

interface Sample {
  readonly all: readonly MetricReading[];
  /** When its collection began, in milliseconds since the epoch. */
  readonly began: number;
  /** When its collection had ended. */
  readonly ended: number;
  /** Since the sample before; undefined for the first. */
  readonly seconds: number | undefined;
  readonly resource: Attributes;
}

/** The window of tables and of the head: long enough for a quantile, short enough to notice a change. */
const RECENT_MS = 60_000;

/**
 * The last minutes of the service or of one of its processes, in bounded memory: lines have a fixed length; the rows of
 * tables, the lines of charts and the series with lines are limited in number. Series beyond have no history.
 */
export class Ring {
  private readonly options: RingOptions;
  private readonly run = randomUUID();
  private readonly timeline: Timeline;
  private readonly readings = new Readings();
  private readonly sections: readonly {
    id: string;
    title: string;
    charts: Chart[];
    table: Table | undefined;
  }[];
  private readonly catalog: Catalog;
  private readonly elapsed: Elapsed;
  private readonly requests: Window;
  private metrics: ReadonlyMap<string, MetricReading> = new Map();
  private resource: Attributes = {};
  private collectedAt = 0;
  private lastBegan: number | undefined;
  private sample: Sample = { all: [], began: 0, ended: 0, seconds: undefined, resource: {} };
  private stalls: {
    readonly entries: readonly StallEntry[];
    readonly text: string;
    readonly changedIn: number;
  } = {
    entries: [],
    text: '[]',
    changedIn: 0,
  };

  constructor(options: RingOptions) {
    this.options = options;
    const { interval, remembered, naming, lines, rowHistories: histories } = options;
    const timeline = new Timeline(Math.ceil(remembered / interval), interval / 1000);
    const windowTicks = Math.ceil(RECENT_MS / interval);
    this.timeline = timeline;
    this.elapsed = new Elapsed(windowTicks);
    this.requests = new Window(windowTicks);
    this.catalog = new Catalog(timeline, naming, lines);
    this.sections = SECTIONS.map(({ id, title, charts, table }) => ({
      id,
      title,
      charts: charts.map((spec) => new Chart(spec, timeline)),
      table: table && new Table(table, timeline, { windowTicks, histories }),
    }));
  }

  /**
   * Reads a sample piece by piece. Nothing shows it before {@link showSections}.
   *
   * @param began when the collection began, in milliseconds since the epoch
   * @param ended when it had ended
   */
  *read({ resource, scopeMetrics }: ResourceMetrics, began: number, ended: number): Generator<undefined> {
    const seconds =
      this.lastBegan === undefined ? undefined : Math.max(0.001, (began - this.lastBegan) / 1000);
    this.lastBegan = began;
    const all = yield* this.readings.take(scopeMetrics, began);
    this.sample = { all, began, ended, seconds, resource: resource.attributes };
  }

  /** Takes the sample into the sections piece by piece. In between, no one may look. */
  *showSections(): Generator<undefined> {
    const { all, began, ended, seconds, resource } = this.sample;
    this.resource = resource;
    this.collectedAt = ended;
    this.timeline.tick(began);
    this.elapsed.push(seconds);
    this.metrics = byName(all);
    const requests = this.metrics.get(REQUESTS);
    this.requests.push(requests && addedTo(requests.series));
    for (const { charts, table } of this.sections) {
      for (const chart of charts) chart.tick(this.metrics, seconds);
      table?.tick(this.metrics, seconds);
      yield;
    }
    const entries = stallEntries(this.options.stalls(), this.options.process);
    const text = JSON.stringify(entries);
    if (text !== this.stalls.text) this.stalls = { entries, text, changedIn: this.timeline.current };
  }

  /** Takes the sample into the metrics piece by piece. In between, no one may look at metrics. */
  *showMetrics(): Generator<undefined> {
    const { all, seconds } = this.sample;
    yield* this.catalog.tick(all, seconds);
  }

  /** Whether it has the list of metrics, which is whole at any time from then on. */
  get hasMetrics(): boolean {
    return this.catalog.lastTick > 0;
  }

  get isEmpty(): boolean {
    return this.timeline.current === 0;
  }

  /** Names the last tick. A viewer sends it back to get what came after it. */
  get position(): string {
    return `${this.run}.${this.timeline.current}`;
  }

  /** The first tick that a viewer at this position lacks; undefined if the position belongs to another ring. */
  private after(position: string | undefined): number | undefined {
    const [run, tick] = position?.split('.') ?? [];
    const next = Number(tick) + 1;
    const isKnown = run === this.run && next >= this.timeline.oldest && next <= this.timeline.current + 1;
    return isKnown ? next : undefined;
  }

  /** The changes since this position; everything without a position, or with one of another ring. */
  frame(position: string | undefined): Frame {
    const next = this.after(position);
    const tick = next ?? 1;
    const { run, timeline, elapsed } = this;
    const sections = this.sections.flatMap(({ id, title, charts, table }): SectionView[] => {
      const views = charts.flatMap((chart) => chart.view() ?? []);
      const rows = table?.view(tick, elapsed);
      return views.length === 0 && rows === undefined ? [] : [{ id, title, charts: views, table: rows }];
    });
    const points = this.sections.flatMap(({ charts }) => charts.flatMap((chart) => chart.pointsFrom(tick)));
    const { entries: stalls, changedIn } = this.stalls;
    return {
      run,
      isWhole: next === undefined,
      interval: this.options.interval,
      process: this.options.process ?? null,
      processes: this.options.processes(),
      times: timeline.timesFrom(tick),
      points: Object.fromEntries(points),
      health: this.health(),
      overview: { ...this.totals(), ...this.requests.view(elapsed.total) },
      sections,
      stallCauses: stallCauses(this.metrics),
      ...(changedIn >= tick && { stalls }),
      listed: this.catalog.lastChange,
      seriesLimit: this.options.seriesLimit,
    };
  }

  /** The metrics that came or changed since this position; all of them as for {@link frame}. */
  metricList(position: string | undefined): MetricList {
    const next = this.after(position);
    return {
      isWhole: next === undefined,
      position: `${this.run}.${this.catalog.lastTick}`,
      total: this.catalog.size,
      metrics: this.catalog.changedSince(next ?? 1),
    };
  }

  /** Like {@link frame}, for one metric; undefined while there is no metric with this key. */
  metricFrame(key: string, position: string | undefined): MetricFrame | undefined {
    const next = this.after(position);
    return this.catalog.metric(key)?.frame(next ?? 1, this.run, next === undefined);
  }

  /**
   * Like {@link frame}, for one row of a section's table; undefined while there is no such row.
   *
   * @param operation the row's key as JSON
   */
  operationFrame(
    section: string,
    operation: string,
    position: string | undefined,
  ): OperationFrame | undefined {
    const next = this.after(position);
    const tick = next ?? 1;
    const table = this.sections.find(({ id }) => id === section)?.table;
    const own = table?.operation(operation, tick);
    const { run, timeline } = this;
    return own && { run, isWhole: next === undefined, times: timeline.timesFrom(tick), ...own };
  }

  /** The operations of a section's table in that time; undefined if it knows no past. */
  pastRows(section: string, from: number, to: number): PastRows | undefined {
    const spec = SECTIONS.find(({ id }) => id === section);
    const table = this.sections.find(({ id }) => id === section)?.table;
    return spec?.table?.hasPast === true ? table?.between(from, to) : undefined;
  }

  private health(): HealthView {
    const state = serviceState({
      notReady: this.options.notReady(),
      isMeasured: this.elapsed.total !== undefined,
      failed: this.requests.view(this.elapsed.total).errors,
      slow: this.requests.shareAbove(SLOW_AFTER),
    });
    return healthView(this.resource, this.metrics, this.collectedAt, state);
  }

  private totals(): { requests: number; failed: number } {
    let requests = 0;
    let failed = 0;
    for (const { attributes, value } of this.metrics.get(REQUESTS)?.series ?? []) {
      requests += value;
      if (hasFailed(attributes)) failed += value;
    }
    return { requests, failed };
  }
}

/** Few services have two metrics of one name with different units or kinds; the first one stands for the name. */
function byName(all: readonly MetricReading[]): Map<string, MetricReading> {
  const metrics = new Map<string, MetricReading>();
  for (const reading of all) if (!metrics.has(reading.name)) metrics.set(reading.name, reading);
  return metrics;
}
