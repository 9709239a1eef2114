import { type EChartsOption, init, type SeriesOption } from 'echarts';
import type { Series } from './answers.ts';
import type { Chart } from './dashboard-files.ts';
import { colorNamed, colorOfSeries, textOf } from './picture-values.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

const TEXT = { color: '#5f6773', fontSize: 10.5, fontFamily: 'sans-serif' };
const LINES = { lineStyle: { color: '#e4e7eb' } };
const GRID = { left: 12, right: 30, top: 8, bottom: 0, containLabel: true };

/** Lines over time, as the panel says: stacked, filled, between its bounds, with its thresholds. */
export function lines(
  panel: Chart,
  times: readonly number[],
  all: readonly Series[],
  { width, height }: Size,
): string {
  const { unit, min, max, custom = {}, thresholds } = panel.fieldConfig.defaults;
  const isStacked = custom.stacking !== undefined;
  const highest = Math.max(0, ...all.flatMap(({ values }) => values.filter((value) => value !== null)));
  const bounds = custom.thresholdsStyle === undefined ? [] : (thresholds?.steps ?? []);
  const shown = bounds.filter(({ value }) => value !== null && value <= highest * 1.1);
  const series = all.map(
    ({ name, values }, n): SeriesOption => ({
      type: 'line',
      name,
      // A stack has no holes: what is absent adds nothing.
      data: values.map((value, i) => [times[i] ?? 0, value ?? (isStacked ? 0 : null)]),
      showSymbol: false,
      color: colorOfSeries(panel, name, n),
      lineStyle: { width: 1.4 },
      areaStyle: { opacity: (custom.fillOpacity ?? 0) / 100 },
      ...(isStacked && { stack: 'all' }),
      ...(n === 0 && {
        markLine: {
          symbol: 'none',
          silent: true,
          label: { show: false },
          data: shown.map(({ value, color }) => ({
            yAxis: value ?? 0,
            lineStyle: { color: colorNamed(color), type: 'dashed' as const },
          })),
        },
      }),
    }),
  );
  return draw(width, height, {
    grid: GRID,
    xAxis: {
      type: 'time',
      axisLabel: { ...TEXT, formatter: '{HH}:{mm}:{ss}', hideOverlap: true },
      axisLine: LINES,
      axisTick: { show: false },
      splitLine: { show: true, ...LINES },
      splitNumber: 3,
      ...{ min: times[0] ?? 0, max: times.at(-1) ?? 0 },
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      axisLabel: { ...TEXT, formatter: (value: number) => textOf(value, unit) },
      splitLine: LINES,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    },
    series,
  });
}

/** The small line in the background of a stat. */
export function sparkline(
  values: readonly (number | null)[],
  color: string,
  { width, height }: Size,
): string {
  return draw(width, height, {
    grid: { left: 0, right: 0, top: 2, bottom: 0 },
    xAxis: { type: 'category', show: false, boundaryGap: false },
    yAxis: { type: 'value', show: false, min: 0 },
    series: [
      {
        type: 'line',
        data: [...values],
        showSymbol: false,
        color,
        lineStyle: { width: 1 },
        areaStyle: { opacity: 0.2 },
      },
    ],
  });
}

/** Buckets over time. Those of classic histograms are cumulative, and Grafana shows the differences as well. */
export function heatmap(
  panel: Chart,
  times: readonly number[],
  all: readonly Series[],
  { width, height }: Size,
): string {
  const bound = ({ labels }: Series) => Number((labels.le ?? '').replace('+Inf', 'Infinity'));
  const buckets = all.toSorted((one, other) => bound(one) - bound(other));
  const cells = buckets.flatMap(({ values }, y) =>
    values.map((value, x) => [x, y, Math.max(0, (value ?? 0) - (buckets[y - 1]?.values[x] ?? 0))]),
  );
  const filled = cells.filter(([, , value = 0]) => value > 1e-9);
  const category = { type: 'category' as const, axisTick: { show: false }, axisLine: LINES };
  return draw(width, height, {
    grid: GRID,
    xAxis: {
      ...category,
      data: times.map((time) => new Date(time).toTimeString().slice(0, 8)),
      axisLabel: { ...TEXT, interval: 14 },
    },
    yAxis: {
      ...category,
      data: buckets.map((bucket) =>
        bound(bucket) === Number.POSITIVE_INFINITY
          ? '+Inf'
          : textOf(bound(bucket), panel.options.yAxis?.unit),
      ),
      axisLabel: TEXT,
    },
    visualMap: {
      show: false,
      min: 0,
      // Grafana's exponent makes rare cells visible.
      max: Math.sqrt(Math.max(...filled.map(([, , value = 0]) => value), 1e-9)),
      inRange: { color: ['#feedde', '#fdbe85', '#fd8d3c', '#e6550d', '#a63603'] },
    },
    series: [{ type: 'heatmap', data: filled.map(([x = 0, y = 0, value = 0]) => [x, y, Math.sqrt(value)]) }],
  });
}

/** ECharts draws to a text, without a browser. */
function draw(width: number, height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
