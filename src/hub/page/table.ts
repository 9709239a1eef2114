import { attributeText } from '../../model/attribute-text.ts';
import { History, type Timeline } from './history.ts';
import { addedTo, hasFailed } from './lines.ts';
import type { MetricReading } from './readings.ts';
import type { TableSpec } from './section-specs.ts';
import { Window } from './window.ts';
import type { RowView, TableView } from './wire.ts';

/** Rows beyond these are one. */
const MOST_ROWS = 200;
/** Ticks of a row's line. */
const SPARK_TICKS = 60;
/** The key of what has no row of its own. */
const OTHERS = '(others)';

interface Row {
  readonly key: readonly string[];
  readonly spark: History;
  readonly window: Window;
  total: number;
  failed: number;
}

/** Operations by what they were: how many, how fast, how many of them failed. */
export class Table {
  private readonly spec: TableSpec;
  private readonly timeline: Timeline;
  private readonly windowTicks: number;
  private readonly rows = new Map<string, Row>();

  constructor(spec: TableSpec, timeline: Timeline, { windowTicks }: { windowTicks: number }) {
    this.spec = spec;
    this.timeline = timeline;
    this.windowTicks = windowTicks;
  }

  /** @param seconds since the last tick; undefined in the first */
  tick(metrics: ReadonlyMap<string, MetricReading>, seconds: number | undefined): void {
    const series = metrics.get(this.spec.metric)?.series ?? [];
    const groups = Map.groupBy(series, ({ attributes }) => {
      const key = this.spec.keys.map(([attribute]) => attributeText(attributes[attribute]));
      return this.rowFor(key);
    });
    for (const row of this.rows.values()) {
      const group = groups.get(row);
      const added = group && addedTo(group);
      row.window.push(added);
      row.spark.put(seconds === undefined ? undefined : (added?.count ?? 0) / seconds);
      if (group === undefined) continue;
      row.total = group.reduce((sum, { value }) => sum + value, 0);
      row.failed = group.reduce((sum, { value, attributes }) => sum + (hasFailed(attributes) ? value : 0), 0);
    }
  }

  /** Undefined while there are no rows. */
  view(tick: number, seconds: number | undefined): TableView | undefined {
    if (this.rows.size === 0) return undefined;
    const keys = this.spec.keys.map(([, title]) => title);
    const rows = Array.from(this.rows.values(), ({ key, total, failed, window, spark }): RowView => {
      return { key, total, failed, ...window.view(seconds), spark: spark.recent(tick) };
    });
    return { keys, rows };
  }

  private rowFor(key: readonly string[]): Row {
    const known = this.rows.get(JSON.stringify(key));
    if (known !== undefined) return known;
    const isOther = this.rows.size >= MOST_ROWS;
    const own = isOther ? [OTHERS, ...key.slice(1).map(() => '')] : key;
    const name = isOther ? OTHERS : JSON.stringify(key);
    let row = this.rows.get(name);
    if (row === undefined) {
      const spark = new History(this.timeline, SPARK_TICKS);
      row = { key: own, spark, window: new Window(this.windowTicks), total: 0, failed: 0 };
      this.rows.set(name, row);
    }
    return row;
  }
}
