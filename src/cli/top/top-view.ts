import { format, formatQuantile, longDuration, whole } from '../../hub/page/format.ts';
import type {
  Frame,
  LineView,
  Measure,
  Point,
  RowView,
  ServiceState,
  StallEntry,
  TableView,
} from '../../hub/page/wire.ts';

/** The columns to sort by, in the order in which the key `s` selects them. */
export const ORDERS = ['rate', 'errors', 'p95', 'total'] as const;
export type Order = (typeof ORDERS)[number];

/** A row of a section's table. */
export interface Selected {
  readonly section: string;
  readonly key: readonly string[];
}

export interface Screen {
  readonly columns: number;
  /** Lines of the screen; undefined for no limit. */
  readonly rows: number | undefined;
  readonly hasColour: boolean;
  readonly order: Order;
  /** The operation under the cursor, and whether its own view is open. */
  readonly selected?: Selected | undefined;
  readonly isOpen?: boolean;
  /** Replaces the state of the service. */
  readonly notice: string | undefined;
}

type Column = readonly [title: string, width: number, text: (row: RowView) => string];

/** The columns of numbers: title, width in characters, and text of a row. */
const NUMBERS: readonly Column[] = [
  ['rate', 9, ({ rate }) => format(rate, '/s')],
  ['errors', 9, ({ errors }) => format(errors, 'ratio')],
  ['4xx', 9, ({ clientErrors }) => format(clientErrors, 'ratio')],
  ['mean', 9, ({ mean }) => format(mean, 's')],
  ['p50', 9, ({ p50 }) => formatQuantile(p50, 's')],
  ['p95', 9, ({ p95 }) => formatQuantile(p95, 's')],
  ['p99', 9, ({ p99 }) => formatQuantile(p99, 's')],
  ['total', 11, ({ total }) => whole(total)],
];

/** Codes of the terminal: default, green, yellow, red. */
const STATE_COLOURS: Readonly<Record<ServiceState['level'], number>> = {
  unknown: 0,
  good: 32,
  warning: 33,
  bad: 31,
};

/** Functions, and as many stalls, on a terminal. */
const MAX_STALL_LINES = 3;
/** Characters that a row's name keeps: columns of numbers are dropped before it becomes shorter. */
const MIN_NAME_WIDTH = 32;

/** All rows in the order in which they are on the screen. */
export function operationsOf(frame: Frame, order: Order): Selected[] {
  return frame.sections.flatMap(({ id, table }) =>
    table === undefined ? [] : sortedRows(table.rows, order).map(({ key }) => ({ section: id, key })),
  );
}

function counted(count: number, one: string, several: string): string {
  return `${whole(count)} ${count === 1 ? one : several}`;
}

/** Whether both are the same row. */
export function isSame(one: Selected | undefined, other: Selected | undefined): boolean {
  return one?.section === other?.section && one?.key.join('\n') === other?.key.join('\n');
}

/**
 * The frame as lines of text, none longer than the screen's width. Below the head they scroll as far as the selected row
 * is on the screen.
 */
export function linesOf(frame: Frame, screen: Screen): string[] {
  const { paint, bad, dim, bold } = painter(screen.hasColour);
  const { health, overview } = frame;
  const state = screen.notice ?? paint(STATE_COLOURS[health.state.level], plain(health.state.text));
  const stalls = health.stalls?.count ?? 0;
  const facts = [
    counted(health.processes, 'process', 'processes'),
    counted(health.threads, 'thread', 'threads'),
    stalls === 0 ? '0 stalls' : bad(counted(stalls, 'stall', 'stalls')),
    `up ${longDuration(health.uptime)}`,
    health.runtime,
  ];
  const errors = format(overview.errors, 'ratio');
  const head = [
    `${bold(plain(health.service))} ${plain(health.version)}  ${state}  ${dim('·')} ${facts.join(' · ')}`,
    '',
    [
      dim('last minute'),
      `${dim('requests')} ${bold(format(overview.rate, '/s'))}`,
      `${dim('errors')} ${(overview.errors ?? 0) > 0 ? bad(errors) : errors}`,
      `${dim('4xx')} ${format(overview.clientErrors, 'ratio')}`,
      `${dim('mean')} ${format(overview.mean, 's')}`,
      `${dim('p50')} ${formatQuantile(overview.p50, 's')}`,
      `${dim('p95')} ${formatQuantile(overview.p95, 's')}`,
      `${dim('p99')} ${formatQuantile(overview.p99, 's')}`,
    ].join('  '),
    [
      dim('since start'),
      `${dim('requests')} ${whole(overview.requests)}`,
      `${dim('failed')} ${whole(overview.failed)}`,
    ].join('  '),
    resourceLine(frame, dim),
  ];
  const rowsOf = (section: string) => (key: readonly string[]) => isSame(screen.selected, { section, key });
  const tables = frame.sections.flatMap(({ id, title, table }) =>
    table === undefined ? [] : ['', bold(title), ...tableLines(table, screen, rowsOf(id))],
  );
  const causes = frame.stallCauses.map(
    ({ function: name, file, thread, count, seconds }) =>
      `${plain(name)} (${plain(file)})${thread === 'main' ? '' : ` ${dim(plain(thread))}`}  ${dim('stalls')} ${whole(count)}  ${dim('time')} ${format(seconds, 's')}`,
  );
  const lastStalls = (frame.stalls ?? []).map((stall) => stallLine(stall, dim));
  // The tables below need room on a terminal.
  const most = screen.rows === undefined ? Number.POSITIVE_INFINITY : MAX_STALL_LINES;
  const stallsKnown = [...causes.slice(0, most), ...lastStalls.slice(0, most)];
  const stallLines = stallsKnown.length === 0 ? [] : ['', bold('Stalls of the event loop'), ...stallsKnown];
  const opened = screen.isOpen ? operationLines(frame, screen) : undefined;
  const keys = opened === undefined ? 'Enter open' : 'Esc back';
  const foot =
    screen.rows === undefined ? [] : [dim(`q quit   s sort: ${screen.order}   ↑↓ select   ${keys}`)];
  const room = screen.rows === undefined ? Number.POSITIVE_INFINITY : screen.rows - foot.length;
  const body = [...stallLines, ...(opened ?? tables)];
  const cursor = screen.selected === undefined ? -1 : body.findIndex((line) => line.startsWith(CURSOR));
  const skipped = Math.max(0, head.length + cursor + 1 - Math.max(room, head.length + 1));
  const lines = [...head, ...body.slice(skipped)].slice(0, room);
  while (foot.length > 0 && lines.length < room) lines.push('');
  return [...lines, ...foot].map((line) => cut(line, screen.columns));
}

/** One of the last stalls: when, how long, where, and which requests waited. */
function stallLine(
  { time, seconds, isOver, stack, detail, routes }: StallEntry,
  dim: (text: string) => string,
): string {
  const clock = new Date(time).toTimeString().slice(0, 8);
  const lasted = `${format(seconds, 's')}${isOver ? '' : ' so far'}`;
  const [own] = stack;
  const place =
    own === undefined ? plain(detail) : `${plain(own)}${detail === '' ? '' : `, ${plain(detail)}`}`;
  const waited = routes.length === 0 ? '' : `  ${dim('waited')} ${routes.map(plain).join(', ')}`;
  return `${dim(clock)} ${lasted}  ${place}${waited}`;
}

/** Before the selected row. */
const CURSOR = '\u25b8';

/** The selected row's own view; undefined while there is no such row. */
function operationLines(frame: Frame, { selected, hasColour }: Screen): string[] | undefined {
  const { dim, bad, bold } = painter(hasColour);
  const section = frame.sections.find(({ id }) => id === selected?.section);
  const row = section?.table?.rows.find(({ key }) => key.join('\n') === selected?.key.join('\n'));
  if (section === undefined || row === undefined) return undefined;
  const numbers = NUMBERS.filter(([name]) => name !== '4xx' || section.table?.hasClientErrors === true);
  const failed = whole(row.failed);
  return [
    '',
    bold(`${section.title}: ${row.key.map((text) => plain(text) || '–').join(' ')}`),
    ...numbers.map(([name, , textOf]) => `${dim(name.padEnd(8))} ${textOf(row)}`),
    `${dim('failed'.padEnd(8))} ${row.failed > 0 ? bad(failed) : failed}`,
  ];
}

/** Event loop, CPU and memory, with their limits. */
function resourceLine(frame: Frame, dim: (text: string) => string): string {
  const now = (chart: string, label: string): string | undefined => {
    const view = frame.sections.flatMap(({ charts }) => charts).find(({ id }) => id === chart);
    const line = view?.lines.find((each) => each.label === label);
    return view === undefined || line === undefined ? undefined : last(frame, line, view.measure);
  };
  const parts = [
    ['loop busy', now('loop-utilization', 'busy'), undefined],
    ['loop p99', now('loop-delay', 'p99'), undefined],
    ['cpu', now('cpu', 'process'), now('cpu', 'limit')],
    ['memory', now('memory', 'resident'), now('memory', 'limit')],
    ['heap', now('memory', 'heap'), undefined],
  ] as const;
  return parts
    .flatMap(([title, value, limit]) =>
      value === undefined
        ? []
        : `${dim(title)} ${value}${limit === undefined ? '' : ` ${dim('of')} ${limit}`}`,
    )
    .join('   ');
}

function last(frame: Frame, { id }: LineView, measure: Measure): string {
  const points: readonly Point[] = frame.points[id] ?? [];
  return format(points.at(-1), measure);
}

function tableLines(
  { keys, rows, hasClientErrors }: TableView,
  { columns, order, hasColour }: Screen,
  isSelected: (key: readonly string[]) => boolean,
): string[] {
  const { bad, dim } = painter(hasColour);
  const sorted = sortedRows(rows, order);
  const texts = [
    keys.map((key) => key.toLowerCase()),
    ...sorted.map(({ key }) => key.map((text) => plain(text) || '–')),
  ];
  const widths = keys.map((_, i) => Math.max(...texts.map((each) => [...(each[i] ?? '')].length)));
  const cursor = sorted.findIndex(({ key }) => isSelected(key));
  const margin = (line: number) => (cursor < 0 ? '' : line - 1 === cursor ? CURSOR : ' ');
  const [title = '', ...names] = texts.map(
    (each, line) => margin(line) + each.map((text, i) => fitted(text, widths[i] ?? 0)).join('  '),
  );
  const longest = [...title].length;
  // Drops the least important columns until the name has room.
  const dropped = ['mean', 'p50', 'p99', '4xx', 'total', 'errors', 'p95'];
  let numbers = NUMBERS.filter(([column]) => column !== '4xx' || hasClientErrors);
  const widthOf = () => numbers.reduce((sum, [, width]) => sum + width, 0);
  for (const name of dropped) {
    if (columns - widthOf() >= Math.min(longest, MIN_NAME_WIDTH)) break;
    numbers = numbers.filter(([each]) => each !== name);
  }
  const name = Math.max(1, Math.min(longest, columns - widthOf()));
  const head = fitted(title, name) + numbers.map(([text, width]) => text.padStart(width)).join('');
  return [
    dim(head),
    ...sorted.map((row, i) => {
      const cells = numbers.map(([column, width, textOf]) => {
        const cell = textOf(row).padStart(width);
        return column === 'errors' && (row.errors ?? 0) > 0 ? bad(cell) : cell;
      });
      return fitted(names[i] ?? '', name) + cells.join('');
    }),
  ];
}

/** The largest first, equals by name, and the row of all others last. */
function sortedRows(rows: readonly RowView[], order: Order): RowView[] {
  return rows.toSorted(
    (a, b) =>
      Number(a.isOthers) - Number(b.isOthers) ||
      sortValue(b, order) - sortValue(a, order) ||
      (a.key.join(' ') < b.key.join(' ') ? -1 : 1),
  );
}

function sortValue(row: RowView, order: Order): number {
  const value = row[order];
  return (typeof value === 'object' ? value?.value : value) ?? -1;
}

function fitted(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text + ' '.repeat(width - characters.length);
  return `${characters.slice(0, width - 1).join('')}…`;
}

/** Names come from the service: replaces characters that would control the terminal. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

const ESCAPE = '\x1b[';

function painter(hasColour: boolean) {
  const paint = (code: number, text: string) => (hasColour ? `${ESCAPE}${code}m${text}${ESCAPE}0m` : text);
  return {
    paint,
    bad: (text: string) => paint(31, text),
    dim: (text: string) => paint(2, text),
    bold: (text: string) => paint(1, text),
  };
}

/** At most so many characters. Escape sequences of colours do not count. */
function cut(line: string, columns: number): string {
  let left = columns;
  let shown = '';
  for (const part of line.split(new RegExp(`(${ESCAPE.replace('[', '\\[')}\\d+m)`))) {
    if (part.startsWith(ESCAPE)) {
      shown += part;
      continue;
    }
    const characters = [...part];
    shown += characters.slice(0, left).join('');
    left = Math.max(0, left - characters.length);
  }
  return shown.trimEnd();
}
