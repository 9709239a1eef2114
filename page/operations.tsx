import { useRef, useState } from 'preact/hooks';
import { format, formatQuantile, whole } from '../src/hub/page/format.ts';
import type { RowView, TableView } from '../src/hub/page/wire.ts';
import { hasWords, Name } from './name.tsx';
import { addressOfOperation } from './operation-place.ts';
import { Spark } from './spark.tsx';

type Column = 'rate' | 'errors' | 'clientErrors' | 'mean' | 'p50' | 'p95' | 'p99' | 'total' | 'failed';

/** "{time}" stands for the time that the rows cover. */
const COLUMNS: readonly (readonly [column: Column, title: string, meaning: string])[] = [
  ['rate', 'Rate', 'Operations per second in {time}'],
  ['errors', 'Errors', 'Share of operations that failed in {time}'],
  ['clientErrors', '4xx', 'Share of requests answered with 4xx in {time}'],
  ['mean', 'Mean', 'Mean duration of the operations in {time}'],
  ['p50', 'p50', '50 % of the operations in {time} took at most this long'],
  ['p95', 'p95', '95 % of the operations in {time} took at most this long'],
  ['p99', 'p99', '99 % of the operations in {time} took at most this long'],
  ['total', 'Total', 'Operations since the start of the service'],
  ['failed', 'Failed', 'Failed operations since the start of the service'],
];

interface Order {
  /** A column, or the index of a key. */
  readonly by: Column | number;
  readonly isDescending: boolean;
}

interface OperationsProps {
  /** The id of its section. */
  readonly section: string;
  readonly title: string;
  readonly table: TableView;
  /** The time that the rows cover, if it is not the last minute. */
  readonly time?: string;
}

/** The order of the rows, and the hidden ones. Both stay until the rows are sorted again. */
interface Held {
  readonly names: readonly string[];
  /** Rows that may be hidden: others stay in sight. */
  readonly idleNames: ReadonlySet<string>;
  readonly until: number;
}

/** The first rows are always shown. Later ones that have done nothing are hidden if there are more of them than a few. */
const MIN_SHOWN_ROWS = 20;
const FEW_ROWS = 5;
/** A table with fewer rows has no filter. */
const MIN_FILTERED_ROWS = 6;
/** Milliseconds for which rows keep their places although their numbers change. */
const HOLD_MS = 30_000;
/** A new row that belongs among the first ones gets its place at once: it may be the route that just began to fail. */
const FIRST_ROWS = 10;

/**
 * A table of operations, sortable by every column. Rows keep their places for a while, and while the pointer is on them,
 * so that they stay readable.
 */
export function Operations({ section, title, table, time }: OperationsProps) {
  const [query, setQuery] = useState('');
  const [hasIdle, setHasIdle] = useState(false);
  const [order, setOrder] = useState<Order>({ by: 'rate', isDescending: true });
  const held = useRef<Held | undefined>(undefined);
  const isPointedAt = useRef(false);
  const sorted = sortedRows(table.rows, order);
  const { names = [], idleNames, until = 0 } = held.current ?? {};
  const isNewcomer = (row: RowView) => !names.includes(nameOf(row));
  const isCurrent = Date.now() < until && !sorted.slice(0, FIRST_ROWS).some(isNewcomer);
  const isHeld = held.current !== undefined && (isPointedAt.current || isCurrent);
  const rows = isHeld ? inOrder(sorted, names) : sorted;
  const isLate = (row: RowView, i: number) => (isHeld ? idleNames?.has(nameOf(row)) : i >= MIN_SHOWN_ROWS);
  const idle = rows.filter((row, i) => row.rate === 0 && !row.isOthers && isLate(row, i));
  // Starts to hold the order once there are rates to sort by.
  if (!isHeld && table.rows.some(({ rate }) => rate !== null)) {
    held.current = {
      names: rows.map(nameOf),
      idleNames: new Set(idle.map(nameOf)),
      until: Date.now() + HOLD_MS,
    };
  }
  const canHide = idle.length > FEW_ROWS && query === '';
  const hidden = new Set(canHide && !hasIdle ? idle : []);
  const point = (isIn: boolean) => {
    isPointedAt.current = isIn;
  };
  const sortBy = (by: Order['by']) => {
    held.current = undefined;
    const isSame = order.by === by;
    setOrder({ by, isDescending: isSame ? !order.isDescending : typeof by === 'string' });
  };
  const columns = COLUMNS.filter(([column]) => column !== 'clientErrors' || table.hasClientErrors);
  const header = (by: Order['by'], text: string, meaning?: string) => (
    <th
      key={by}
      scope="col"
      class={typeof by === 'number' ? 'key' : `number ${by}`}
      aria-sort={order.by === by ? (order.isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        title={meaning?.replace('{time}', time ?? 'the last minute')}
        onClick={() => sortBy(by)}
      >
        {text}
      </button>
    </th>
  );
  return (
    <div class="table-box">
      {(table.rows.length >= MIN_FILTERED_ROWS || query !== '') && (
        <input
          class="filter"
          type="search"
          aria-label={`Filter ${title}`}
          placeholder={`Filter ${rows.length} rows`}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      <table
        class="operations"
        aria-label={title}
        onMouseEnter={() => point(true)}
        onMouseLeave={() => point(false)}
      >
        <caption>{time ?? 'Last minute'}; Total and Failed since the start</caption>
        <thead>
          <tr>
            {table.keys.map((key, i) => header(i, key))}
            {time === undefined && (
              <th scope="col" class="trend">
                <span>Last 2 min</span>
              </th>
            )}
            {columns.map(([column, text, meaning]) => header(column, text, meaning))}
          </tr>
        </thead>
        <tbody>
          {rows
            .filter((row) => !hidden.has(row) && hasWords(row.key.join(' '), query))
            .map((row) => (
              <tr key={nameOf(row)}>
                {row.key.map((text, i) =>
                  i === row.key.length - 1 || row.key.length === 1 ? (
                    <th key={table.keys[i]} scope="row" class="key main">
                      <Operation section={section} row={row} text={text} hasView={table.hasViews} />
                    </th>
                  ) : (
                    <td key={table.keys[i]} class="key">
                      {text}
                    </td>
                  ),
                )}
                {time === undefined && (
                  <td class="trend">
                    <Spark points={row.spark} />
                  </td>
                )}
                <td class="number rate">{format(row.rate, '/s')}</td>
                <td class={`number errors${(row.errors ?? 0) > 0 ? ' bad' : ''}`}>
                  {format(row.errors, 'ratio')}
                </td>
                {table.hasClientErrors && (
                  <td class="number clientErrors">{format(row.clientErrors, 'ratio')}</td>
                )}
                <td class="number mean">{format(row.mean, 's')}</td>
                <td class="number p50">{formatQuantile(row.p50, 's')}</td>
                <td class="number p95">{formatQuantile(row.p95, 's')}</td>
                <td class="number p99">{formatQuantile(row.p99, 's')}</td>
                <td class="number total">{whole(row.total)}</td>
                <td class="number failed">{whole(row.failed)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {canHide && (
        <button type="button" class="more" aria-expanded={hasIdle} onClick={() => setHasIdle(!hasIdle)}>
          {hasIdle ? 'Hide' : 'Show'} {whole(idle.length)} more without operations in{' '}
          {time ?? 'the last minute'}
        </button>
      )}
    </div>
  );
}

interface OperationProps {
  readonly section: string;
  readonly row: RowView;
  readonly text: string;
  readonly hasView: boolean;
}

/** The operation's name, which leads to its own view if there is one. */
function Operation({ section, row: { key, isOthers }, text, hasView }: OperationProps) {
  const shown = text === '' ? <span class="none">none</span> : <Name text={text} />;
  return hasView && !isOthers ? <a href={addressOfOperation({ section, key })}>{shown}</a> : shown;
}

function nameOf({ key }: RowView): string {
  return key.join('\n');
}

function sortedRows(rows: readonly RowView[], { by, isDescending }: Order): RowView[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (a.isOthers !== b.isOthers) return a.isOthers ? 1 : -1;
    if (typeof by === 'number')
      return sign * (a.key[by] ?? '').localeCompare(b.key[by] ?? '') || byName(a, b);
    return sign * (sortValue(a, by) - sortValue(b, by)) || byName(a, b);
  });
}

function sortValue(row: RowView, by: Column): number {
  const value = row[by];
  return (typeof value === 'object' ? value?.value : value) ?? -1;
}

function byName(a: RowView, b: RowView): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

/** Sorts rows into the given order. New rows come last. */
function inOrder(rows: readonly RowView[], names: readonly string[]): RowView[] {
  const places = new Map(names.map((name, i) => [name, i]));
  const placeOf = (row: RowView) => places.get(nameOf(row)) ?? names.length;
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}
