import type { Attributes } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import { COLUMN_MS, Heat } from './heat.ts';
import { History, type Timeline } from './history.ts';
import { addedTo, Chart, hasFailed } from './lines.ts';
import type { MetricReading, SeriesReading } from './readings.ts';
import type { TableSpec } from './section-specs.ts';
import { type Added, type Elapsed, Window } from './window.ts';
import type { OperationFrame, PastRows, RowView, TableView } from './wire.ts';

/** All other operations share one more row. */
const MAX_ROWS = 200;
/** Ticks of a row's line. */
const SPARK_TICKS = 60;
/** The key of the row of all other operations. */
const OTHERS = '(others)';
const SWITCHING_PROTOCOLS = 101;
/** A failed operation counts this many times, so that a rare operation that fails gets a row. */
const FAILURE_WEIGHT = 10;
/** An operation must be this many times as active as the one whose row it takes: equals do not alternate. */
const LEAD = 2;

/** The series of one operation in this tick. */
interface Operation {
  readonly name: string;
  readonly key: readonly string[];
  readonly series: readonly SeriesReading[];
  readonly added: Added | undefined;
  readonly activity: number;
  readonly total: number;
  readonly failed: number;
}

interface Row {
  readonly key: readonly string[];
  readonly spark: History;
  readonly window: Window;
  /** Whether its earlier ticks are in the row of the others. */
  readonly isPromoted: boolean;
  /** The charts of its own view; empty for rows beyond the number with a history. */
  readonly charts: readonly Chart[];
  readonly heat: Heat;
  total: number;
  failed: number;
  /** Ticks since its series were last there. */
  absence: number;
}

/**
 * Operations by their attributes: how many, how fast, how many of them failed. The most active ones have rows. Between
 * ticks the table keeps one number for each operation without a row.
 */
export class Table {
  private readonly spec: TableSpec;
  private readonly timeline: Timeline;
  private readonly windowTicks: number;
  private readonly histories: number;
  private readonly remembered: number;
  private readonly rows = new Map<string, Row>();
  private others: Row | undefined;
  /** By name: operations in about the last window, where older ones count less. */
  private activity: ReadonlyMap<string, number> = new Map();

  /** @param limits the ticks of a row's window, and the largest number of rows with a history of their own */
  constructor(spec: TableSpec, timeline: Timeline, limits: { windowTicks: number; histories: number }) {
    const { windowTicks, histories } = limits;
    this.spec = spec;
    this.histories = histories;
    this.timeline = timeline;
    this.windowTicks = windowTicks;
    this.remembered = timeline.length * timeline.interval * 1000;
  }

  /** @param seconds since the last tick; undefined in the first */
  tick(metrics: ReadonlyMap<string, MetricReading>, seconds: number | undefined): void {
    const reading = metrics.get(this.spec.metric);
    const operations = this.operationsOf(reading?.series ?? []);
    this.assignRows(operations);
    this.activity = new Map([...operations].map(([name, { activity }]) => [name, activity]));
    const beside = (this.spec.beside ?? []).flatMap((name) => metrics.get(name) ?? []);
    const groupsBeside = beside.map((each) => ({ ...each, groups: this.groupsOf(each.series) }));
    const now = this.timeline.timeOf(this.timeline.current);
    for (const [name, row] of this.rows) {
      const operation = operations.get(name);
      row.absence = operation === undefined ? row.absence + 1 : 0;
      if (row.absence > this.windowTicks) this.rows.delete(name);
      else update(row, operation, seconds);
      if (row.charts.length > 0 || this.spec.hasPast === true) row.heat.add(now, operation?.added);
      if (row.charts.length === 0) continue;
      const series = operation?.series ?? [];
      const own = new Map<string, MetricReading>(
        groupsBeside.map(({ groups, ...each }) => [
          each.name,
          { ...each, series: groups.get(name)?.series ?? [] },
        ]),
      );
      if (reading !== undefined) own.set(this.spec.metric, { ...reading, series });
      for (const chart of row.charts) chart.tick(own, seconds);
    }
    const rest = [...operations.values()].filter(({ name }) => !this.rows.has(name));
    if (rest.length > 0) this.others ??= this.createOthers();
    if (this.others !== undefined) update(this.others, together(rest), seconds);
  }

  /**
   * Undefined while there are no rows.
   *
   * @param elapsed of the ticks in the windows
   */
  view(tick: number, elapsed: Elapsed): TableView | undefined {
    if (this.rows.size === 0) return undefined;
    const keys = this.spec.keys.map(([, title]) => title);
    const all = [...this.rows.values(), ...(this.others === undefined ? [] : [this.others])];
    const rows = all.map((row): RowView => {
      const { key, total, failed, window, spark, isPromoted } = row;
      const seconds = isPromoted ? elapsed.last(window.age) : elapsed.total;
      const isOthers = row === this.others;
      return { key, isOthers, total, failed, ...window.view(seconds), spark: spark.recent(tick) };
    });
    return {
      keys,
      hasClientErrors: this.spec.hasClientErrors === true,
      hasViews: this.spec.charts !== undefined,
      rows,
    };
  }

  /**
   * The operations of a time in the past: of whole columns of {@link Heat}. Only for tables with a past.
   *
   * @param from with `to` in milliseconds since the epoch
   */
  between(from: number, to: number): PastRows {
    const { timeline } = this;
    const begin = Math.max(from - (from % COLUMN_MS), timeline.timeOf(timeline.oldest));
    const end = Math.min(Math.ceil(to / COLUMN_MS) * COLUMN_MS, timeline.timeOf(timeline.current));
    const seconds = end > begin ? (end - begin) / 1000 : undefined;
    const rows = Array.from(this.rows.values(), ({ key, total, failed, heat }): RowView => {
      const window = new Window(1);
      window.push(heat.between(begin, end));
      return { key, isOthers: false, total, failed, ...window.view(seconds), spark: [] };
    });
    return { from: begin, to: end, rows: rows.filter(({ mean }) => mean !== null) };
  }

  /**
   * The charts of one row and their points from this tick on; undefined while there is no such row.
   *
   * @param name the row's key as JSON
   */
  operation(name: string, tick: number): Pick<OperationFrame, 'charts' | 'points' | 'heat'> | undefined {
    const row = this.rows.get(name);
    return (
      row && {
        charts: row.charts.flatMap((chart) => chart.view() ?? []),
        points: Object.fromEntries(row.charts.flatMap((chart) => chart.pointsFrom(tick))),
        heat: row.heat.from(this.timeline.timesFrom(tick)[0] ?? Number.POSITIVE_INFINITY),
      }
    );
  }

  /** By the operations' names. */
  private groupsOf(series: readonly SeriesReading[]) {
    const groups = new Map<string, { key: string[]; series: SeriesReading[] }>();
    for (const each of series) {
      const key = this.spec.keys.map(([attribute]) => keyText(attribute, each.attributes));
      const name = JSON.stringify(key);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, { key, series: [each] });
      else group.series.push(each);
    }
    return groups;
  }

  private operationsOf(series: readonly SeriesReading[]): Map<string, Operation> {
    const groups = this.groupsOf(series);
    const decay = 1 - 1 / this.windowTicks;
    return new Map(
      Array.from(groups, ([name, group]): [string, Operation] => {
        const added = addedTo(group.series);
        const before = this.activity.get(name) ?? 0;
        const activity = before * decay + (added === undefined ? 0 : weightOf(added));
        const { total, failed } = totalsOf(group.series);
        return [name, { name, ...group, added, activity, total, failed }];
      }),
    );
  }

  /** Gives free rows to the most active operations, and then the rows of those that are much less active. */
  private assignRows(operations: ReadonlyMap<string, Operation>): void {
    const waiting = [...operations.values()]
      .filter(({ name }) => !this.rows.has(name))
      // In the first tick only the totals tell which operations matter.
      .sort((a, b) => b.activity - a.activity || b.total - a.total);
    const leastActive = Array.from(this.rows.keys(), (name) => ({
      name,
      activity: operations.get(name)?.activity ?? 0,
    })).sort((a, b) => a.activity - b.activity);
    for (const { name, key, activity } of waiting) {
      if (this.rows.size >= MAX_ROWS) {
        const replaced = leastActive.shift();
        if (replaced === undefined || activity <= LEAD * replaced.activity) return;
        this.release(replaced.name);
      }
      const hasHistory =
        Array.from(this.rows.values()).filter(({ charts }) => charts.length > 0).length < this.histories;
      const charts = hasHistory ? (this.spec.charts ?? []) : [];
      const made = charts.map((spec) => new Chart(spec, this.timeline));
      this.rows.set(name, this.createRow(key, this.activity.has(name), made));
    }
  }

  /** The others take over the row's last minute. */
  private release(name: string): void {
    const row = this.rows.get(name);
    if (row === undefined) return;
    this.others ??= this.createOthers();
    this.others.window.absorb(row.window);
    this.rows.delete(name);
  }

  private createOthers(): Row {
    return this.createRow([OTHERS, ...this.spec.keys.slice(1).map(() => '')], false, []);
  }

  private createRow(key: readonly string[], isPromoted: boolean, charts: readonly Chart[]): Row {
    const spark = new History(this.timeline, SPARK_TICKS);
    const window = new Window(this.windowTicks);
    const heat = new Heat(this.remembered);
    return { key, spark, window, isPromoted, charts, heat, total: 0, failed: 0, absence: 0 };
  }
}

/** The attribute's text. A handshake that left HTTP has no route. */
function keyText(attribute: string, attributes: Attributes): string {
  const text = attributeText(attributes[attribute]);
  const isHandshake = Number(attributes['http.response.status_code']) === SWITCHING_PROTOCOLS;
  return text === '' && attribute === 'http.route' && isHandshake ? 'WebSocket' : text;
}

type Update = Pick<Operation, 'added' | 'total' | 'failed'>;

function update(row: Row, operation: Update | undefined, seconds: number | undefined): void {
  const added = operation?.added;
  row.window.push(added);
  row.spark.put(seconds === undefined ? undefined : (added?.count ?? 0) / seconds);
  if (operation === undefined) return;
  row.total = operation.total;
  row.failed = operation.failed;
}

function together(operations: readonly Operation[]): Update {
  const series = operations.flatMap((operation) => operation.series);
  return { added: addedTo(series), ...totalsOf(series) };
}

function totalsOf(series: readonly SeriesReading[]): { total: number; failed: number } {
  let total = 0;
  let failed = 0;
  for (const { value, attributes } of series) {
    total += value;
    if (hasFailed(attributes)) failed += value;
  }
  return { total, failed };
}

function weightOf({ count, failed }: Added): number {
  return count + (FAILURE_WEIGHT - 1) * failed;
}
