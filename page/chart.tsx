import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { format } from '../src/hub/page/format.ts';
import type { ChartView, LineView, Measure, Point } from '../src/hub/page/wire.ts';
import { type Plotted, plotted } from './plotted.ts';
import { clockOf, type Range, useRange } from './range.tsx';
import type { Theme } from './theme.ts';

/** Seconds on the axis at least: keeps the first points from filling it. */
const MIN_SPAN_S = 60;
/** Pixels of a drag that zooms; a shorter one is a click. */
const MIN_DRAG_PX = 6;
/** Draws a limit only if a value exceeds this share of it: a distant limit would flatten the lines. */
const NEAR_LIMIT = 0.4;
/** Seconds between two labels on the axis. */
const STEPS_S = [10, 15, 30, 60, 120, 180, 300];

/** The points of lines by their ids, at these times. */
export interface Histories {
  readonly times: readonly number[];
  readonly points: ReadonlyMap<string, readonly Point[]>;
}

interface ChartProps {
  readonly chart: ChartView;
  readonly live: Histories;
  readonly theme: Theme;
  readonly height: number;
}

/** A chart with its legend, which shows the values under the cursor, or else the newest. */
export function Chart({ chart, live, theme, height }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [cursor, setCursor] = useState<number | undefined>();
  const { range, change } = useRange();
  const { times, points } = live;
  const [begin, end] = axisOf(range, times);
  const drawn = plotted(chart, live, end - begin);
  const axis = useRef([begin, end] as const);
  axis.current = [begin, end];
  const shape = `${theme} ${chart.measure} ${height} ${chart.lines.map(({ id }) => id).join('\n')}`;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(
      optionsOf(chart, {
        width: element.clientWidth,
        height,
        axis: () => axis.current,
        moved: setCursor,
        zoomed: (zoom) => change({ zoom }),
      }),
      dataOf(chart.lines, drawn),
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(chart.lines, drawn));
  }, [times, shape, begin, end]);

  const pointOf = ({ id }: LineView, index: number): Point =>
    (cursor === undefined ? points.get(id)?.at(-1) : drawn.lines[index]?.[cursor]) ?? null;
  const at = cursor === undefined ? undefined : drawn.times[cursor];
  const now = chart.lines.map((line, i) => `${line.label} ${format(pointOf(line, i), chart.measure)}`);
  return (
    <div class="chart" aria-label={`${chart.title}: ${now.join(', ')}`} role="img">
      <div class="chart-head">
        <span class="chart-title">
          {chart.title}
          {drawn.over !== null && <small> over {format(drawn.over, 's')}</small>}
          {at !== undefined && <time>{clockOf(at)}</time>}
        </span>
        <span class="legend">
          {chart.lines.map((line, i) => (
            <span class="legend-item" key={line.id} title={line.label}>
              {chart.lines.length > 1 && (
                <>
                  <i class={line.isLimit ? 'swatch limit' : `swatch c${colourOf(chart.lines, i)}`} />
                  <span class="legend-label">{line.label}</span>
                </>
              )}
              <b>{format(pointOf(line, i), chart.measure)}</b>
            </span>
          ))}
        </span>
      </div>
      <div class="plot" ref={box} data-height={height} />
    </div>
  );
}

/** Begin and end of the axis, in seconds. */
function axisOf({ span, zoom }: Range, times: readonly number[]): readonly [begin: number, end: number] {
  if (zoom !== undefined) return zoom;
  const end = (times.at(-1) ?? 0) / 1000;
  return [Math.min(Math.max((times[0] ?? 0) / 1000, end - span), end - MIN_SPAN_S), end];
}

interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly axis: () => readonly [begin: number, end: number];
  readonly moved: (index: number | undefined) => void;
  readonly zoomed: (zoom: Range['zoom']) => void;
}

function optionsOf(
  { measure, lines }: ChartView,
  { width, height, axis: axisNow, moved, zoomed }: PlotOptions,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
    grid: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { setScale: false },
      points: { size: 6 },
      // The other charts follow the cursor, and not the drag.
      sync: { key: 'time', filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
      bind: {
        dblclick: () => () => {
          zoomed(undefined);
          return null;
        },
      },
    },
    scales: {
      x: {
        range: () => [...axisNow()],
      },
      y: { range: (_, __, max) => [0, topOf(max, measure)] },
    },
    axes: [
      { ...axis, size: 22, space: 64, incrs: STEPS_S, values: (_, splits) => splits.map(clock) },
      {
        ...axis,
        size: 58,
        ...(measure.startsWith('By') ? { incrs: POWERS_OF_TWO } : {}),
        space: 32,
        gap: 6,
        grid: { stroke: colour('--grid'), width: 1 },
        values: (_, splits) => splits.map((value) => format(value, PLAIN[measure] ?? measure)),
      },
    ],
    series: [
      {},
      ...lines.map(({ isLimit }, i): uPlot.Series => {
        const stroke = isLimit ? colour('--muted') : colour(`--c${colourOf(lines, i)}`);
        return {
          stroke,
          width: isLimit ? 1 : 1.5,
          spanGaps: false,
          points: { show: false },
          ...(isLimit ? { dash: [3, 4] } : {}),
          ...(lines.length === 1 ? { fill: `${stroke}1f` } : {}),
        };
      }),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width: dragged } = plot.select;
          if (dragged < MIN_DRAG_PX) return;
          zoomed([plot.posToVal(left, 'x'), plot.posToVal(left + dragged, 'x')]);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [({ cursor: { idx, left } }) => moved(idx == null || (left ?? -1) < 0 ? undefined : idx)],
    },
  };
}

const POWERS_OF_TWO = Array.from({ length: 50 }, (_, i) => 2 ** i);
/** Units for the axis, without the part that the title already says. */
const PLAIN: Partial<Record<Measure, Measure>> = {
  'By/s': 'By',
  '/s': 'count',
  's/s': 'count',
  cpu: 'count',
};

/** The colours, in the order in which lines get them. */
const COLOURS = [2, 3, 4, 5, 6, 7, 8, 1];

const STATISTICS = ['p50', 'p95', 'p99', 'mean'];

/** Quantiles, means and failures have the same colours in every chart. */
function colourOf(lines: readonly LineView[], index: number): number {
  const label = lines[index]?.label ?? '';
  if (/^(failed|failure|error|rejected|throttled)$/.test(label)) return 9;
  const statistic = STATISTICS.indexOf(label);
  if (statistic >= 0 && lines.every((line) => STATISTICS.includes(line.label))) return statistic + 1;
  return COLOURS[index % COLOURS.length] ?? 1;
}

function dataOf(lines: readonly LineView[], { times, lines: values }: Plotted): uPlot.AlignedData {
  let largest = 0;
  lines.forEach(({ isLimit }, i) => {
    if (!isLimit) for (const value of values[i] ?? []) largest = Math.max(largest, value ?? 0);
  });
  const shown = lines.map(({ isLimit }, i) => {
    const line = values[i] ?? [];
    const limit = isLimit ? (line.at(-1) ?? 0) : 0;
    return limit * NEAR_LIMIT > largest ? line.map(() => null) : [...line];
  });
  return [[...times], ...shown];
}

/** The top of the axis: above the largest value, and high enough that noise looks small. */
function topOf(max: number | null, measure: Measure): number {
  const least = { ratio: 0.01, s: 0.001, 's/s': 0.1, 'By/s': 1024, By: 1024, cpu: 0.1, count: 1, '/s': 1 }[
    measure
  ];
  return Math.max((max ?? 0) * 1.12, least);
}

function clock(seconds: number): string {
  const text = clockOf(seconds);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}
