import { useRef, useState } from 'preact/hooks';
import { format, formatQuantile } from '../src/hub/page/format.ts';
import type { ChartView, LineView } from '../src/hub/page/wire.ts';
import type { Histories } from './histories.ts';
import { colourOf, optionsOf } from './plot.ts';
import { dataOf, plotted } from './plotted.ts';
import { axisOf, clockOf, useRange } from './range.tsx';
import { useStalls } from './stalls-in-sight.tsx';
import type { Theme } from './theme.ts';
import { usePlot } from './use-plot.ts';

interface ChartProps {
  readonly chart: ChartView;
  readonly live: Histories;
  readonly theme: Theme;
  readonly height: number;
}

/** A chart with its legend, which shows the values under the cursor, or else the newest. */
export function Chart({ chart, live, theme, height }: ChartProps) {
  const [cursor, setCursor] = useState<number | undefined>();
  const { range, change } = useRange();
  const { times, points } = live;
  const [begin, end] = axisOf(range, times);
  const drawn = plotted(chart, live, end - begin);
  const axis = useRef([begin, end] as const);
  axis.current = [begin, end];
  const marks = live.marks.filter(({ time }) => time / 1000 >= begin && time / 1000 <= end);
  const newest = marks.at(-1);
  const marked = useRef(marks);
  marked.current = marks;
  const stalls = useStalls();
  const stalled = useRef(stalls);
  stalled.current = stalls;
  const shape = `${theme} ${chart.measure} ${height} ${chart.lines.map(({ id }) => id).join('\n')}`;

  const box = usePlot({
    shape,
    height,
    changes: [times, begin, end, stalls],
    data: () => dataOf(chart.lines, drawn),
    options: (width) =>
      optionsOf(chart, {
        ...{ width, height, moved: setCursor, zoomed: (zoom) => change({ zoom }) },
        ...{ axis: () => axis.current, marks: () => marked.current, stalls: () => stalled.current },
      }),
  });

  const textOf = ({ id, newest: bound }: LineView, index: number): string => {
    if (cursor === undefined && bound !== undefined) return formatQuantile(bound, chart.measure);
    return format(
      cursor === undefined ? points.get(id)?.at(-1) : drawn.lines[index]?.[cursor],
      chart.measure,
    );
  };
  const at = cursor === undefined ? undefined : drawn.times[cursor];
  const now = chart.lines.map((line, i) => `${line.label} ${textOf(line, i)}`);
  return (
    <div class="chart" aria-label={`${chart.title}: ${now.join(', ')}`} role="img">
      <div class="chart-head">
        <span class="chart-title">
          {chart.title}
          {drawn.over !== null && <small> over {format(drawn.over, 's')}</small>}
          {newest !== undefined && (
            <small class="mark">
              {newest.text} {clockOf(newest.time / 1000)}
            </small>
          )}
          {at !== undefined && <time>{clockOf(at)}</time>}
        </span>
        <span class="legend">
          {chart.lines.map((line, i) => (
            <span class="legend-item" key={line.id} title={line.label}>
              {(chart.lines.length > 1 || chart.isSplit) && (
                <>
                  <i class={line.isLimit ? 'swatch limit' : `swatch c${colourOf(chart.lines, i)}`} />
                  <span class="legend-label">{line.label}</span>
                </>
              )}
              <b>{textOf(line, i)}</b>
            </span>
          ))}
        </span>
      </div>
      <div class="plot" ref={box} data-height={height} />
    </div>
  );
}
