import type uPlot from 'uplot';
import { format } from '../src/hub/page/format.ts';
import type { ChartView, LineView, Measure, StallEntry } from '../src/hub/page/wire.ts';
import type { Mark } from './histories.ts';
import { clockOf, type Range } from './range.tsx';

/** Pixels of a drag that zooms; a shorter one is a click. */
const MIN_DRAG_PX = 6;
/** Pixels of a stall, however short it was. */
const MIN_STALL_PX = 3;
/** Seconds between two labels on the axis. */
const STEPS_S = [10, 15, 30, 60, 120, 180, 300];

interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly axis: () => readonly [begin: number, end: number];
  readonly marks: () => readonly Mark[];
  readonly stalls: () => readonly StallEntry[];
  readonly moved: (index: number | undefined) => void;
  readonly zoomed: (zoom: Range['zoom']) => void;
}

/** How the plot of a chart looks and behaves. */
export function optionsOf(
  { measure, lines }: ChartView,
  { width, height, axis: axisNow, marks, stalls, moved, zoomed }: PlotOptions,
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
      drawClear: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.save();
          ctx.beginPath();
          ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
          ctx.clip();
          ctx.fillStyle = colour('--stall');
          // One area: stalls of several processes at a time are no darker than one.
          ctx.beginPath();
          for (const { time, seconds } of stalls()) {
            const left = Math.round(plot.valToPos(time / 1000, 'x', true));
            const right = Math.round(plot.valToPos(time / 1000 + seconds, 'x', true));
            ctx.rect(left, bbox.top, Math.max(MIN_STALL_PX * devicePixelRatio, right - left), bbox.height);
          }
          ctx.fill();
          ctx.restore();
        },
      ],
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          ctx.fillStyle = colour('--muted');
          for (const { time } of marks()) {
            ctx.fillRect(
              Math.round(plot.valToPos(time / 1000, 'x', true)),
              bbox.top,
              devicePixelRatio,
              bbox.height,
            );
          }
        },
      ],
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

const STATISTICS = ['p50', 'p95', 'p99', 'mean', 'max'];

/** Quantiles, means and failures have the same colours in every chart. */
export function colourOf(lines: readonly LineView[], index: number): number {
  const label = lines[index]?.label ?? '';
  if (/^(failed|failure|error|rejected|throttled)$/.test(label)) return 9;
  const statistic = STATISTICS.indexOf(label);
  if (statistic >= 0 && lines.every((line) => STATISTICS.includes(line.label))) return statistic + 1;
  return COLOURS[index % COLOURS.length] ?? 1;
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
