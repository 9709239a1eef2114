import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { whole } from '../src/hub/page/format.ts';
import { promqlOf } from '../src/hub/page/measures.ts';
import type { MetricFrame, MetricView } from '../src/hub/page/wire.ts';
import { Chart } from './chart.tsx';
import { Copy } from './copy.tsx';
import { eventsAddress, Live, useLive } from './live.ts';
import { hasWords, Name } from './name.tsx';
import { RangeBar, useRange } from './range.tsx';
import { ScrollBox } from './scroll-box.tsx';
import type { Theme } from './theme.ts';
import { VirtualList } from './virtual-list.tsx';

interface ExplorerProps {
  readonly metrics: readonly MetricView[];
  /** The key of the selected metric, or ''. */
  readonly selected: string;
  readonly theme: Theme;
  /** The selected process, or ''. */
  readonly process: string;
}

const TYPES: Readonly<Record<MetricView['type'], string>> = {
  counter: 'counter',
  upDownCounter: 'up-down counter',
  gauge: 'gauge',
  histogram: 'histogram',
};

const STEPS: Readonly<Record<string, number | undefined>> = { ArrowDown: 1, ArrowUp: -1 };
/** Characters of a name from which on it has two lines. */
const LONG_NAME = 36;

/** All metrics of the service. */
export function Explorer({ metrics, selected, theme, process }: ExplorerProps) {
  const [query, setQuery] = useState('');
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target === search.current) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);
  /** Arrow keys go from the field through the links and back; Enter in the field selects the first metric. */
  const move = (event: KeyboardEvent & { readonly currentTarget: HTMLElement }) => {
    const [first] = found;
    if (event.key === 'Enter' && event.target === search.current && first !== undefined) {
      location.hash = addressOf(first.key);
    }
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, a')];
    stops[stops.findIndex((each) => each.matches(':focus')) + step]?.focus();
  };
  const found = metrics.filter((metric) => matches(metric, query));
  const metric = metrics.find(({ key }) => key === selected);
  return (
    <main class={`explorer${metric === undefined ? '' : ' has-metric'}`}>
      <h1 class="unseen">Metrics</h1>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys move between its links and its field */}
      <div class="list" onKeyDown={move}>
        <div class="search">
          <input
            ref={search}
            type="search"
            aria-label="Search metrics"
            placeholder="Search names, descriptions, attributes   /"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <p aria-live="polite">
            {found.length === metrics.length
              ? `${whole(metrics.length)} metrics`
              : `${whole(found.length)} of ${whole(metrics.length)}`}
          </p>
        </div>
        <VirtualList label="Metrics" items={found} heightOf={heightOf} keyOf={({ key }) => key}>
          {({ key, name, type, series }) => (
            <a
              href={addressOf(key)}
              class={isLong(name) ? 'long' : undefined}
              title={name}
              aria-current={key === selected ? 'true' : undefined}
            >
              <span class="name">
                <Name text={name} />
              </span>
              <small>
                {TYPES[type]} · {series === 1 ? '1 series' : `${whole(series)} series`}
              </small>
            </a>
          )}
        </VirtualList>
      </div>
      {metric === undefined ? (
        <p class="hint detail">Select a metric to see it live.</p>
      ) : (
        <Detail key={metric.key} {...{ metric, theme, process }} />
      )}
    </main>
  );
}

function isLong(name: string): boolean {
  return name.length > LONG_NAME;
}

/** Pixels of a metric in the list, as the style has them. */
function heightOf({ name }: MetricView): number {
  return isLong(name) ? 69 : 50;
}

/** The address' fragment that selects the metric. */
export function addressOf(key: string): string {
  return `#metrics=${encodeURIComponent(key)}`;
}

/** Returns whether every word of the query occurs in the metric's texts. */
export function matches({ name, prometheus, description, attributes }: MetricView, query: string): boolean {
  return hasWords([name, prometheus, description, ...attributes.map(([key]) => key)].join(' '), query);
}

interface DetailProps extends Pick<ExplorerProps, 'theme' | 'process'> {
  readonly metric: MetricView;
}

function Detail({ metric, theme, process }: DetailProps) {
  const { key, name, type, unit, description, prometheus } = metric;
  const promql = prometheus === '' ? '' : promqlOf(type, prometheus);
  const { range } = useRange();
  const stream = useMemo(
    () => new Live<MetricFrame>(eventsAddress({ process, metric: key })),
    [key, process],
  );
  const live = useLive(stream, range.isPaused);
  const { frame } = live;
  return (
    <article class="detail" aria-label={name}>
      <a class="back" href="#metrics">
        ‹ All metrics
      </a>
      <h2 class="metric-title">
        <Name text={name} />
      </h2>
      <p class="description">{description === '' ? 'No description.' : description}</p>
      <dl class="facts">
        <div>
          <dt>Kind</dt>
          <dd>{TYPES[type]}</dd>
        </div>
        <div>
          <dt>Unit</dt>
          <dd>{unit === '' ? 'none' : unit}</dd>
        </div>
        <div>
          <dt>Series</dt>
          <dd>{whole(frame?.total ?? metric.series)}</dd>
        </div>
        <div>
          <dt>In Prometheus</dt>
          <dd>
            <code>{prometheus === '' ? 'not served' : prometheus}</code>
          </dd>
        </div>
      </dl>
      {promql !== '' && (
        <div class="promql">
          <code>{promql}</code>
          <Copy text={promql} label="Copy PromQL" />
        </div>
      )}
      <div class="toolbar">
        <RangeBar />
      </div>
      <div class="detail-charts">
        {frame?.charts.map((chart) => (
          <Chart key={chart.id} chart={chart} live={live} theme={theme} height={140} />
        ))}
      </div>
      {frame !== undefined && <SeriesTable frame={frame} type={type} />}
    </article>
  );
}

function SeriesTable({ frame, type }: { readonly frame: MetricFrame; readonly type: MetricView['type'] }) {
  const isCounted = type === 'counter' || type === 'histogram';
  const left = frame.total - frame.series.length;
  return (
    <ScrollBox label="Series, as a table">
      <table class="series">
        <caption class="unseen">Series</caption>
        <thead>
          <tr>
            <th scope="col" class="key">
              Attributes
            </th>
            {isCounted && (
              <th scope="col" class="number">
                Per second
              </th>
            )}
            <th scope="col" class="number">
              {type === 'histogram' ? 'Count' : 'Value'}
            </th>
          </tr>
        </thead>
        <tbody>
          {frame.series.map(({ labels, value, rate }) => (
            <tr key={JSON.stringify(labels)}>
              <th scope="row" class="key labels">
                {Object.keys(labels).length === 0 ? (
                  <span class="none">none</span>
                ) : (
                  <Labels labels={labels} />
                )}
              </th>
              {isCounted && (
                <td class="number">{rate === null ? '–' : whole(Number(rate.toPrecision(3)))}</td>
              )}
              <td class="number">{whole(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p class="hint">{whole(left)} more series.</p>}
    </ScrollBox>
  );
}

function Labels({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  return Object.entries(labels).map(([key, value]) => (
    <span class="label" key={key}>
      <i>{key}</i> {value === '' ? '""' : value}
    </span>
  ));
}
