import { Fragment } from 'preact';
import { useMemo } from 'preact/hooks';
import { format, formatQuantile, whole } from '../src/hub/page/format.ts';
import type { Frame, RowView } from '../src/hub/page/wire.ts';
import { Chart } from './chart.tsx';
import { HeatMap } from './heat-map.tsx';
import type { Histories } from './histories.ts';
import { eventsAddress, LiveOperation, useLive } from './live.ts';
import { Name } from './name.tsx';
import type { OperationPlace } from './operation-place.ts';
import { Operations } from './operations.tsx';
import { usePast } from './past.ts';
import { axisOf, clockOf, RangeBar, useRange } from './range.tsx';
import { Stalls } from './stalls.tsx';
import { StallsInSight, useStallsInSight } from './stalls-in-sight.tsx';
import type { Theme } from './theme.ts';

interface OperationProps {
  readonly frame: Frame;
  readonly live: Histories;
  readonly place: OperationPlace;
  readonly theme: Theme;
  /** The selected process, or ''. */
  readonly process: string;
}

interface CoincidingProps extends Pick<OperationProps, 'frame' | 'process' | 'live'> {
  readonly own: Histories;
}

/** Charts of the whole service beside those of the operation: they tell why it was slow or failed. */
const BESIDE = ['loop-delay', 'database-latency', 'http-client-latency', 'cpu'];

/** One operation's own view: its numbers and charts, and what the service did at the same time. */
export function Operation({ frame, live, place, theme, process }: OperationProps) {
  const { section, key } = place;
  const operation = JSON.stringify(key);
  const stream = useMemo(
    () => new LiveOperation(eventsAddress({ process, section, operation })),
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
      <StallsInSight times={live.times} />
      <div class={`charts of-${(own.frame?.charts.length ?? 0) + 1}`}>
        {own.frame?.charts.map((chart) => (
          <Fragment key={chart.id}>
            <Chart chart={chart} live={own} theme={theme} height={150} />
            {chart.id.endsWith('-latency') && (
              <HeatMap columns={own.frame?.heat ?? []} live={own} theme={theme} height={150} />
            )}
          </Fragment>
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
      <Coinciding {...{ frame, process, live, own }} />
      <Stalls causes={frame.stallCauses} stalls={frame.stalls ?? []} />
    </main>
  );
}

/** The database operations of the time shown, if the route failed in it or the event loop stood still. */
function Coinciding({ frame, process, live, own }: CoincidingProps) {
  const { range } = useRange();
  const [begin, end] = axisOf(range, live.times);
  const hasStalled = useStallsInSight(live.times).length > 0;
  const failed = own.points.get('route-errors/0/failed') ?? [];
  const hasFailed = own.times.some(
    (time, i) => time / 1000 >= begin && time / 1000 <= end && (failed[i] ?? 0) > 0,
  );
  const queries = frame.sections.find(({ id }) => id === 'database')?.table;
  const isShown = queries !== undefined && (hasStalled || hasFailed);
  const past = usePast(isShown, { process, section: 'database', from: begin * 1000, to: end * 1000 });
  if (!isShown || past === undefined || past.rows.length === 0) return null;
  const time = `${clockOf(past.from / 1000)} – ${clockOf(past.to / 1000)}`;
  return (
    <section id="section-queries" aria-labelledby="title-queries">
      <h2 id="title-queries">
        Queries of the time shown, in which {hasFailed ? 'requests failed' : 'the event loop stood still'}
      </h2>
      <Operations section="database" title="Queries" table={{ ...queries, rows: past.rows }} time={time} />
    </section>
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
