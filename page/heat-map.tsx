import { useRef, useState } from 'preact/hooks';
import { format } from '../src/hub/page/format.ts';
import type { HeatColumn } from '../src/hub/page/wire.ts';
import { decadesOf, drawHeat, splitsOf, textOf } from './heat.ts';
import type { Histories } from './histories.ts';
import { optionsOf } from './plot.ts';
import { axisOf, clockOf, useRange } from './range.tsx';
import { useStalls } from './stalls-in-sight.tsx';
import type { Theme } from './theme.ts';
import { usePlot } from './use-plot.ts';

const CHART = {
  id: 'heat',
  title: 'Latency heat map',
  measure: 's',
  over: 10,
  isSplit: false,
  lines: [{ id: 'heat', label: '', isLimit: false }],
} as const;

interface HeatMapProps {
  readonly columns: readonly HeatColumn[];
  readonly live: Histories;
  readonly theme: Theme;
  readonly height: number;
}

/** How many requests took how long, over time: each column is ten seconds, each cell a bucket. */
export function HeatMap({ columns, live, theme, height }: HeatMapProps) {
  const [cursor, setCursor] = useState<number | undefined>();
  const { range, change } = useRange();
  const axis = useRef(axisOf(range, live.times));
  axis.current = axisOf(range, live.times);
  const [begin, end] = axis.current;
  const stalls = useRef(useStalls());
  stalls.current = useStalls();
  const shown = columns.filter(({ time, seconds }) => time / 1000 + seconds > begin && time / 1000 < end);
  const drawn = useRef(shown);
  drawn.current = shown;
  const box = usePlot({
    shape: `${theme} ${height}`,
    height,
    changes: [live.times, columns, begin, end],
    data: () => [
      drawn.current.map(({ time, seconds }) => time / 1000 + seconds / 2),
      drawn.current.map(() => null),
    ],
    options: (width) => {
      const given = optionsOf(CHART, {
        ...{ width, height, moved: setCursor, zoomed: (zoom) => change({ zoom }) },
        ...{ axis: () => axis.current, marks: () => live.marks, stalls: () => stalls.current },
      });
      const [time = {}, duration = {}] = given.axes ?? [];
      const colour = getComputedStyle(document.documentElement).getPropertyValue('--c2').trim();
      return {
        ...given,
        scales: { ...given.scales, y: { range: () => [...decadesOf(drawn.current)] } },
        axes: [
          time,
          {
            ...duration,
            splits: () => splitsOf(decadesOf(drawn.current)),
            values: (_, splits) => splits.map((value) => format(10 ** value, 's')),
          },
        ],
        hooks: {
          ...given.hooks,
          drawAxes: [(plot) => drawHeat(plot, drawn.current, colour)],
        },
      };
    },
  });
  const column = cursor === undefined ? shown.at(-1) : shown[cursor];
  const text = textOf(column);
  return (
    <div class="chart" aria-label={`${CHART.title}: ${text}`} role="img">
      <div class="chart-head">
        <span class="chart-title">
          {CHART.title}
          <small> over {format(CHART.over, 's')}</small>
          {cursor !== undefined && column !== undefined && <time>{clockOf(column.time / 1000)}</time>}
        </span>
        <span class="legend">
          <b>{text}</b>
        </span>
      </div>
      <div class="plot" ref={box} data-height={height} />
    </div>
  );
}
