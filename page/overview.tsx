import { format, formatQuantile, whole } from '../src/hub/page/format.ts';
import type { Frame, SectionView } from '../src/hub/page/wire.ts';
import { Chart } from './chart.tsx';
import type { Histories } from './histories.ts';
import { Operations } from './operations.tsx';
import { RangeBar } from './range.tsx';
import { SectionLinks } from './section-links.tsx';
import { Stalls } from './stalls.tsx';
import { StallsInSight } from './stalls-in-sight.tsx';
import type { Theme } from './theme.ts';

interface OverviewProps {
  readonly frame: Frame;
  readonly live: Histories;
  readonly theme: Theme;
}

/** Answers the first questions of a user, from top to bottom. */
export function Overview({ frame, live, theme }: OverviewProps) {
  const requests = frame.sections.find(({ id }) => id === 'http');
  const others = frame.sections.filter((section) => section !== requests);
  const stalls =
    frame.stallCauses.length + (frame.stalls?.length ?? 0) === 0 ? [] : [{ id: 'stalls', title: 'Stalls' }];
  return (
    <main>
      <h1 class="unseen">{frame.health.service}</h1>
      <div class="toolbar">
        <SectionLinks sections={[...(requests === undefined ? [] : [requests]), ...others, ...stalls]} />
        <RangeBar />
      </div>
      <Numbers overview={frame.overview} />
      <StallsInSight times={live.times} />
      {requests === undefined ? (
        <p class="hint">No HTTP requests yet.</p>
      ) : (
        <Section section={requests} live={live} theme={theme} height={150} tableTitle="Routes" />
      )}
      {others.map((section) => (
        <Section key={section.id} section={section} live={live} theme={theme} height={104} />
      ))}
      <Stalls causes={frame.stallCauses} stalls={frame.stalls ?? []} />
    </main>
  );
}

/** The last minute in five numbers. */
function Numbers({ overview }: { readonly overview: Frame['overview'] }) {
  const { rate, errors, clientErrors, mean, p50, p95, p99, requests, failed } = overview;
  const numbers = [
    ['rate', 'Requests', format(rate, '/s'), `${whole(requests)} since the start`],
    [
      'errors',
      'Errors',
      format(errors, 'ratio'),
      // The share stays with its name where the note breaks.
      `${whole(failed)} since the start · 4xx\u00a0${format(clientErrors, 'ratio')}`,
    ],
    ['p50', 'p50', formatQuantile(p50, 's'), `mean ${format(mean, 's')}`],
    ['p95', 'p95', formatQuantile(p95, 's'), '95 of 100 are faster'],
    ['p99', 'p99', formatQuantile(p99, 's'), '99 of 100 are faster'],
  ] as const;
  return (
    <>
      <p class="window">Last minute</p>
      <dl class="numbers" aria-label="Last minute">
        {numbers.map(([id, title, value, note]) => (
          <div key={id} id={`number-${id}`}>
            <dt>{title}</dt>
            <dd>
              <span class={id === 'errors' && (errors ?? 0) > 0 ? 'value bad' : 'value'}>{value}</span>
              <small>{note}</small>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

interface SectionProps {
  readonly section: SectionView;
  readonly live: Histories;
  readonly theme: Theme;
  readonly height: number;
  readonly tableTitle?: string;
}

function Section({ section, live, theme, height, tableTitle }: SectionProps) {
  const { id, title, charts, table } = section;
  return (
    <section id={`section-${id}`} aria-labelledby={`title-${id}`}>
      <h2 id={`title-${id}`}>{title}</h2>
      <div class={`charts of-${charts.length}`}>
        {charts.map((chart) => (
          <Chart key={chart.id} chart={chart} live={live} theme={theme} height={height} />
        ))}
      </div>
      {table !== undefined && <Operations section={id} title={tableTitle ?? title} table={table} />}
    </section>
  );
}
