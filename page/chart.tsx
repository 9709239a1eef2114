import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { format } from '../src/hub/page/format.ts';
import type { ChartView, LineView, Point } from '../src/hub/page/wire.ts';
import type { Mark } from './live.ts';
import { colourOf, dataOf, optionsOf } from './plot.ts';
import { plotted } from './plotted.ts';
import { clockOf, type Range, useRange } from './range.tsx';
import type { Theme } from './theme.ts';

/** Seconds on the axis at least: keeps the first points from filling it. */
const MIN_SPAN_S = 60;

/** The points of lines by their ids, at these times. */
export interface Histories {
  readonly times: readonly number[];
  readonly points: ReadonlyMap<string, readonly Point[]>;
  readonly marks: readonly Mark[];
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
  const marks = live.marks.filter(({ time }) => time / 1000 >= begin && time / 1000 <= end);
  const newest = marks.at(-1);
  const marked = useRef(marks);
  marked.current = marks;
  const shape = `${theme} ${chart.measure} ${height} ${chart.lines.map(({ id }) => id).join('\n')}`;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(
      optionsOf(chart, {
        width: element.clientWidth,
        height,
        axis: () => axis.current,
        marks: () => marked.current,
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
