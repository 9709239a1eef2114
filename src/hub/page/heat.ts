import { Buckets, type Distribution } from './distribution.ts';
import type { Added } from './window.ts';
import type { HeatColumn } from './wire.ts';

/** Milliseconds of a column: a shorter one of a quiet route has too few values. */
export const COLUMN_MS = 10_000;

type Counts = Omit<Added, 'distribution'>;

interface Column extends Counts {
  /** When it began, in milliseconds since the epoch. */
  readonly time: number;
  readonly bounds: readonly number[];
  /** Pairs of the index of a bound and the number of values, of buckets with values. */
  readonly cells: Uint32Array;
}

const NOTHING: Counts = { count: 0, failed: 0, clientErrors: 0, sum: 0 };

/**
 * The counts of the last minutes, and the distribution of the durations: for each ten seconds the buckets with values.
 */
export class Heat {
  private readonly limit: number;
  private readonly columns: Column[] = [];
  private time = 0;
  private values = new Buckets();
  private counts = NOTHING;

  /** @param remembered milliseconds */
  constructor(remembered: number) {
    this.limit = Math.ceil(remembered / COLUMN_MS);
  }

  /** @param now milliseconds since the epoch */
  add(now: number, added: Added | undefined): void {
    const time = now - (now % COLUMN_MS);
    if (time !== this.time) {
      this.close();
      this.time = time;
    }
    if (added === undefined) return;
    this.counts = sumOf(this.counts, added);
    if (added.distribution !== undefined) this.values.add(added.distribution, 1);
  }

  /** All columns that this time touches, together. Both ends are in milliseconds since the epoch. */
  between(from: number, to: number): Added {
    const columns = [...this.columns, this.current()].filter(
      ({ time }) => time < to && time + COLUMN_MS > from,
    );
    const values = new Buckets();
    for (const column of columns) values.add(distributionOf(column), 1);
    return { ...columns.reduce<Counts>(sumOf, NOTHING), distribution: values.distribution() };
  }

  /** The columns that end after this time; the last one may still grow. */
  from(time: number): HeatColumn[] {
    return [...this.columns, this.current()]
      .filter((column) => column.cells.length > 0 && column.time + COLUMN_MS > time)
      .map(viewOf);
  }

  private close(): void {
    const column = this.current();
    if (column.cells.length > 0) this.columns.push(column);
    while (this.columns[0] !== undefined && this.columns[0].time < column.time - this.limit * COLUMN_MS) {
      this.columns.shift();
    }
    this.values = new Buckets();
    this.counts = NOTHING;
  }

  private current(): Column {
    const { bounds, counts } = this.values.distribution();
    const cells = counts.flatMap((count, i) => (count > 0 ? [i, count] : []));
    const before = this.columns.at(-1)?.bounds;
    const isSame = before?.length === bounds.length && before.every((bound, i) => bound === bounds[i]);
    return {
      ...this.counts,
      time: this.time,
      bounds: isSame ? before : bounds,
      cells: Uint32Array.from(cells),
    };
  }
}

function sumOf(a: Counts, b: Counts): Counts {
  return {
    count: a.count + b.count,
    failed: a.failed + b.failed,
    clientErrors: a.clientErrors + b.clientErrors,
    sum: a.sum + b.sum,
  };
}

function distributionOf({ bounds, cells }: Column): Distribution {
  const counts = new Array<number>(bounds.length).fill(0);
  for (let i = 0; i < cells.length; i += 2) counts[cells[i]!] = cells[i + 1]!;
  return { bounds, counts };
}

function viewOf({ time, bounds, cells }: Column): HeatColumn {
  const views: [number, number | null, number][] = [];
  for (let i = 0; i < cells.length; i += 2) {
    const index = cells[i]!;
    const upper = bounds[index]!;
    views.push([bounds[index - 1] ?? 0, Number.isFinite(upper) ? upper : null, cells[i + 1]!]);
  }
  return { time, seconds: COLUMN_MS / 1000, cells: views };
}
