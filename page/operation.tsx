import { useMemo } from 'preact/hooks';
import { format, formatQuantile, whole } from '../src/hub/page/format.ts';
import type { Frame, OperationFrame, RowView } from '../src/hub/page/wire.ts';
import { Chart, type Histories } from './chart.tsx';
import { eventsAddress, Live, useLive } from './live.ts';
import { Name } from './name.tsx';
import { RangeBar, useRange } from './range.tsx';
import { Stalls } from './stalls.tsx';
import type { Theme } from './theme.ts';

/** One row of a section's table: a route. */
export interface OperationPlace {
  readonly section: string;
  readonly key: readonly string[];
}

interface OperationProps {
  readonly frame: Frame;
  readonly live: Histories;
  readonly place: OperationPlace;
  readonly theme: Theme;
  /** The selected process, or ''. */
  readonly process: string;
}

/** Charts of the whole service beside those of the operation: they tell why it was slow or failed. */
const BESIDE = ['loop-delay', 'database-latency', 'http-client-latency', 'cpu'];

/** The address' fragment that selects the operation. */
export function addressOfOperation({ section, key }: OperationPlace): string {
  return `#operation=${encodeURIComponent(JSON.stringify([section, ...key]))}`;
}

/** The place in the text that {@link addressOfOperation} made; undefined for any other text. */
export function operationAt(text: string): OperationPlace | undefined {
  try {
    const [section, ...key] = JSON.parse(text);
    const isText = [section, ...key].every((each) => typeof each === 'string');
    return isText && key.length > 0 ? { section, key } : undefined;
  } catch {
    return undefined;
  }
}

/** One operation's own view: its numbers and charts, and what the service did at the same time. */
export function Operation({ frame, live, place, theme, process }: OperationProps) {
  const { section, key } = place;
  const operation = JSON.stringify(key);
  const stream = useMemo(
    () => new Live<OperationFrame>(eventsAddress({ process, section, operation })),
    [process, section, operation],
  );
  const { range } = useRange();
  const own = useLive(stream, range.isPaused);
  const name = key.filter((text) => text !== '').join(' ');
  const row = frame.sections
    .find(({ id }) => id === section)
    ?.table?.rows.find((each) => JSON.stringify(each.key) === operation);
  const beside = BESIDE.flatMap((id) =>
    frame.sections.flatMap(({ title, charts }) =>
      charts.filter((chart) => chart.id === id).map((chart) => ({ ...chart, title: titleOf(title, chart) })),
    ),
  );
  return (
    <main class="operation">
      <div class="toolbar">
        <RangeBar />
      </div>
      <a class="back-link" href={`#section-${section}`}>
        ‹ All operations
      </a>
      <h1 class="metric-title">
        <Name text={name} />
      </h1>
      {row === undefined ? (
        <p class="hint">It is not among the most active operations, which alone have a row.</p>
      ) : (
        <Facts row={row} />
      )}
      <div class="charts of-3">
        {own.frame?.charts.map((chart) => (
          <Chart key={chart.id} chart={chart} live={own} theme={theme} height={150} />
        ))}
      </div>
      {own.frame?.charts.length === 0 && <p class="hint">Too many others have a history already.</p>}
      <section aria-labelledby="title-beside">
        <h2 id="title-beside">The whole service at the same time</h2>
        <div class={`charts of-${beside.length}`}>
          {beside.map((chart) => (
            <Chart key={chart.id} chart={chart} live={live} theme={theme} height={104} />
          ))}
        </div>
      </section>
      <Stalls causes={frame.stallCauses} />
    </main>
  );
}

/** A chart that stands outside of its section names it. */
function titleOf(section: string, { title }: { readonly title: string }): string {
  return title === 'Latency' ? `${section}: latency` : title;
}

function Facts({ row }: { readonly row: RowView }) {
  const facts = [
    ['Rate', format(row.rate, '/s')],
    ['Errors', format(row.errors, 'ratio')],
    ['4xx', format(row.clientErrors, 'ratio')],
    ['Mean', format(row.mean, 's')],
    ['p50', formatQuantile(row.p50, 's')],
    ['p95', formatQuantile(row.p95, 's')],
    ['p99', formatQuantile(row.p99, 's')],
    ['Total', whole(row.total)],
    ['Failed', whole(row.failed)],
  ] as const;
  return (
    <>
      <dl class="facts" aria-label="Last minute">
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="window">Last minute; Total and Failed since the start</p>
    </>
  );
}
